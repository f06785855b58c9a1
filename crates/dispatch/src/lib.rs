//! Run this now, if limits allow: admit, place, start, keep, retire.
