//! A disk in memory that forgets, tears and fills up the way real ones do, by a seed.
