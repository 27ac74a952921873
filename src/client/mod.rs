//! To be built.
use crate::config::Home;
use crate::protocol::{Problem, Reply, Request};
pub struct Client {}
impl Client {
    pub async fn attach(home: &Home, start_if_missing: bool) -> Result<Self, Problem> {
        let _ = (home, start_if_missing);
        todo!()
    }
    pub async fn ask(&self, request: Request) -> Result<Reply, Problem> {
        let _ = request;
        todo!()
    }
}
