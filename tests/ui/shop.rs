// A small application that cases include at their root: two tables, a function of each kind and reach, and the
// trees `api` and `internal` as the build script would write them.

pub mod tables {
    use mainspring::{Id, table};

    #[table(name = "customers")]
    pub struct Customer {
        pub name: String,
    }

    #[table(name = "orders")]
    #[index(by_customer_and_total(customer, total))]
    pub struct Order {
        pub customer: Id<Customer>,
        pub total: u32,
        pub paid: bool,
    }
}

pub mod functions {
    pub mod orders {
        use crate::tables::{Customer, Order};
        use mainspring::*;

        #[query]
        pub async fn unpaid(ctx: &QueryCtx, customer: Id<Customer>) -> Result<Vec<Doc<Order>>> {
            let range = Order::by_customer_and_total.eq(customer);
            Ok(ctx.db.query().with_index(range).filter(|order| !order.paid).collect().await?)
        }

        #[mutation]
        pub async fn place(ctx: &MutationCtx, customer: Id<Customer>, total: u32) -> Result<Id<Order>> {
            Ok(ctx.db.insert(Order { customer, total, paid: false }).await?)
        }

        #[action]
        pub async fn charge(_ctx: &ActionCtx, order: Id<Order>) -> Result<Id<Order>> {
            Ok(order)
        }

        #[internal_query]
        pub async fn total(ctx: &QueryCtx, order: Id<Order>) -> Result<Option<u32>> {
            Ok(ctx.db.get(order).await?.map(|order| order.total))
        }

        #[internal_mutation]
        pub async fn mark_paid(ctx: &MutationCtx, order: Id<Order>) -> Result<()> {
            Ok(ctx.db.patch(order, |order| order.paid = true).await?)
        }

        #[internal_action]
        pub async fn remind(_ctx: &ActionCtx, order: Id<Order>) {
            let _ = order;
        }
    }
}

pub mod api {
    pub mod orders {
        pub use crate::functions::orders::__charge_call as charge;
        pub use crate::functions::orders::__place_call as place;
        pub use crate::functions::orders::__unpaid_call as unpaid;
    }
}

pub mod internal {
    pub mod orders {
        pub use crate::functions::orders::__mark_paid_call as mark_paid;
        pub use crate::functions::orders::__remind_call as remind;
        pub use crate::functions::orders::__total_call as total;
    }
}
