//! What follows from a type alone, found out once in a process.
//!
//! A hash of a type's schema costs a hundred times what it costs to remember it, and each start asks for that of every table and
//! every function. A test process starts an application for every test.
//!
//! Invariant: nobody can tell whether an answer was remembered.

use std::any::TypeId;
use std::collections::BTreeMap;

use parking_lot::Mutex;

/// What `find_out` says, which has to follow from `T` alone, and to be the only thing that is asked of `T`.
pub(crate) fn of_type<T: 'static>(find_out: impl FnOnce() -> i64) -> i64 {
    static KNOWN: Mutex<BTreeMap<TypeId, i64>> = Mutex::new(BTreeMap::new());
    let id = TypeId::of::<T>();
    let known = KNOWN.lock().get(&id).copied();
    // Without the lock: it runs code of the application, which may ask, or panic.
    known.unwrap_or_else(|| {
        let found = find_out();
        KNOWN.lock().insert(id, found);
        found
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_is_asked_once_and_has_an_answer_of_its_own() {
        struct One;
        struct Other;
        let mut asked = 0;
        let mut ask = |answer| {
            asked += 1;
            answer
        };
        assert_eq!([of_type::<One>(|| ask(1)), of_type::<Other>(|| ask(2))], [1, 2]);
        assert_eq!([of_type::<One>(|| ask(3)), of_type::<Other>(|| ask(4))], [1, 2]);
        assert_eq!(asked, 2);
    }

    #[test]
    fn a_question_that_panics_or_asks_itself_is_asked_again() {
        struct Odd;
        let panics = std::panic::catch_unwind(|| of_type::<Odd>(|| panic!("a schema that cannot be made")));
        assert!(panics.is_err());
        assert_eq!(of_type::<Odd>(|| of_type::<Odd>(|| 1)), 1);
    }
}
