//! Values through all their forms.

mod arguments;
mod examples;
mod limits;
mod model;
mod plain;
mod refusals;
mod round_trip;
mod shapes;
mod stored;
