//! A connection as it is stored.

use serde::{Deserialize, Serialize};

use super::{Stored, decode_form, encode_form, unknown_version};
use crate::domain::{
    BaseUrl, Connection, ConnectionId, Currency, Location, LocationId, PlatformId, RemoteId, Side, Text, Timestamp,
};
use crate::store::trouble::Outcome;

#[derive(Serialize, Deserialize)]
struct ConnectionV1<'a> {
    id: u32,
    platform: &'a str,
    side: SideV1,
    name: &'a str,
    base_url: &'a str,
    ca_file: Option<&'a str>,
    currency: [u8; 3],
    #[serde(borrow)]
    locations: Vec<LocationV1<'a>>,
    connected_at: i64,
}

#[derive(Serialize, Deserialize)]
struct LocationV1<'a> {
    id: &'a str,
    name: &'a str,
    active: bool,
}

#[derive(Serialize, Deserialize)]
enum SideV1 {
    InStore,
    Online,
}

/// Three ASCII letters.
pub(super) fn currency_bytes(currency: Currency) -> Result<[u8; 3], String> {
    currency.code().as_bytes().try_into().map_err(|_| format!("{currency} is no currency code"))
}

pub(super) fn currency_of(bytes: [u8; 3]) -> Result<Currency, String> {
    let code = std::str::from_utf8(&bytes).map_err(|why| why.to_string())?;
    Currency::new(code).map_err(|why| why.to_string())
}

impl Stored for Connection {
    const NOUN: &'static str = "connection";
    const VERSION: u8 = 1;

    fn encode(&self, bytes: Vec<u8>) -> Result<Vec<u8>, String> {
        let form = ConnectionV1 {
            id: self.id.0,
            platform: &self.platform.0,
            side: match self.side {
                Side::InStore => SideV1::InStore,
                Side::Online => SideV1::Online,
            },
            name: &self.name,
            base_url: self.base_url.as_str(),
            ca_file: self.ca_file.as_deref(),
            currency: currency_bytes(self.currency)?,
            locations: self
                .locations
                .iter()
                .map(|location| LocationV1 {
                    id: location.id.0.as_str(),
                    name: &location.name,
                    active: location.active,
                })
                .collect(),
            connected_at: self.connected_at.0,
        };
        encode_form(&form, bytes)
    }

    fn decode(version: u8, body: &[u8]) -> Outcome<Self> {
        if version != 1 {
            return unknown_version(version);
        }
        let form: ConnectionV1<'_> = decode_form(body)?;
        let mut locations = Vec::with_capacity(form.locations.len());
        for location in form.locations {
            let id = LocationId(RemoteId::new(location.id)?);
            locations.push(Location { id, name: Text::new(location.name), active: location.active });
        }
        Ok(Self {
            id: ConnectionId(form.id),
            platform: PlatformId(form.platform.to_owned()),
            side: match form.side {
                SideV1::InStore => Side::InStore,
                SideV1::Online => Side::Online,
            },
            name: Text::new(form.name),
            // Whether plain http was allowed was decided when it was connected.
            base_url: BaseUrl::new(form.base_url, true)?,
            ca_file: form.ca_file.map(str::to_owned),
            currency: currency_of(form.currency)?,
            locations,
            connected_at: Timestamp(form.connected_at),
        })
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn version_1_stays_as_it_is() {
        super::super::golden::check(
            &crate::store::samples::connection(1),
            "010106737175617265000e436166c3a920e299a5204e6f726417687474703a2f2f3132372e302e302e313a383038302f78010e2f6574632f726f6f74732e70656d45555201024c310453686f700180aed6f7bf68105c280d",
        );
    }
}
