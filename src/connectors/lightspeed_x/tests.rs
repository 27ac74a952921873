//! Tests of what is special about X-Series, against its sandbox.
