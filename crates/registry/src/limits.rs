//! The limits of packages, each with its source.

/// Lambda developer guide, "Lambda quotas": a zip sent with the request.
pub const ZIPPED_BYTES: u64 = 50 * 1024 * 1024;

/// The same page: 250 MB unzipped, layers included, as the API spells it in bytes.
pub const UNZIPPED_BYTES: u64 = 262_144_000;

/// Ours: files and directories in one package. Large `node_modules` have some tens of thousands.
pub const ZIP_ENTRIES: usize = 200_000;
