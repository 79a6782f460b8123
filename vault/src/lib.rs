//! What must be kept and must not be read: envelope encryption over rows that can be deleted.
