//! The session bus.

use serde::Serialize;
use serde::de::DeserializeOwned;
use zbus::blocking::Connection;
use zbus::zvariant::{DynamicType, OwnedValue, Type};

/// Name, path and interface.
pub type Place<'a> = (&'a str, &'a str, &'a str);

/// Calls a method that must succeed.
pub fn call<B, T>(bus: &Connection, place: Place<'_>, method: &str, body: &B) -> T
where
    B: Serialize + DynamicType,
    T: DeserializeOwned + Type,
{
    try_call(bus, place, method, body).unwrap_or_else(|error| panic!("{method}: {error}"))
}

/// Calls a method.
pub fn try_call<B, T>(
    bus: &Connection,
    (name, path, interface): Place<'_>,
    method: &str,
    body: &B,
) -> zbus::Result<T>
where
    B: Serialize + DynamicType,
    T: DeserializeOwned + Type,
{
    bus.call_method(Some(name), path, Some(interface), method, body)?.body().deserialize()
}

/// Reads a property.
pub fn property<T: TryFrom<OwnedValue>>(bus: &Connection, place: Place<'_>, property: &str) -> T {
    try_property(bus, place, property).unwrap_or_else(|error| panic!("{property}: {error}"))
}

/// Reads a property, if its owner exists.
pub fn try_property<T: TryFrom<OwnedValue>>(
    bus: &Connection,
    (name, path, interface): Place<'_>,
    property: &str,
) -> zbus::Result<T> {
    let properties = (name, path, "org.freedesktop.DBus.Properties");
    let value: OwnedValue = try_call(bus, properties, "Get", &(interface, property))?;
    T::try_from(value).map_err(|_| zbus::Error::Failure(format!("{property} is of another type")))
}
