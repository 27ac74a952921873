use crate::sandbox::{Failure, Imitation, Incoming, Outgoing, Shop};
use crate::domain::Timestamp;
#[derive(Debug, Default)]
pub struct Sandbox {}
pub fn imitate() -> Box<dyn Imitation> { Box::new(Sandbox::default()) }
impl Imitation for Sandbox {
    fn platform(&self) -> &'static str { "lightspeed-x" }
    fn credentials(&self) -> Vec<(&'static str, String)> { vec![] }
    fn answer(&mut self, _: &mut Shop, _: &Incoming, _: Timestamp) -> Outgoing { Outgoing::json(200, &serde_json::json!({})) }
    fn failure(&self, _: Failure, _: Timestamp) -> Outgoing { Outgoing::json(500, &serde_json::json!({})) }
}
