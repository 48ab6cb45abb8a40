//! Other nodes: how deliveries to them go, and what they may do here. Administrators.
