//! The steps of building a sandbox, by name: what failed is told with where.

/// A step of the building that failed.
#[derive(Debug)]
pub struct Step {
    pub doing: &'static str,
    pub error: String,
}

pub fn at<T, E: std::fmt::Display>(doing: &'static str, result: Result<T, E>) -> Result<T, Step> {
    result.map_err(|error| Step { doing, error: error.to_string() })
}
