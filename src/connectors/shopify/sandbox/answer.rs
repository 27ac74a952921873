//! Carries an operation out: follows the fields that were chosen, and no others, and counts what they cost.

use serde_json::{Map, Value, json};

use crate::sandbox::Shop;

use super::query::{Chosen, Selection};
use super::root;
use super::schema::Schema;
use super::state::State;
use super::things::{Led, Thing, Window};

/// An error in the list `errors`.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    pub message: String,
    pub code: &'static str,
    /// The permission that is lacking.
    pub required_access: Option<String>,
}

impl Fault {
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { message: message.into(), code, required_access: None }
    }

    /// Where a field may not be seen: Shopify names the permission in the message and beside it.
    pub fn denied(field: &str, scope: &str) -> Self {
        let required = format!("`{scope}` access scope.");
        Self {
            message: format!("Access denied for {field} field. Required access: {required}"),
            code: "ACCESS_DENIED",
            required_access: Some(required),
        }
    }

    pub fn json(&self, path: Option<&str>) -> Value {
        let mut error = json!({ "message": self.message, "extensions": { "code": self.code } });
        if let Some(access) = &self.required_access {
            error["extensions"]["documentation"] = json!("https://shopify.dev/api/usage/access-scopes");
            error["extensions"]["requiredAccess"] = json!(access);
        }
        if let Some(path) = path {
            error["path"] = json!([path]);
        }
        error
    }
}

pub(super) struct Execution<'a> {
    pub schema: &'a Schema,
    pub shop: &'a Shop,
    pub state: &'a State,
    /// Points for what was really answered.
    pub spent: u64,
}

impl<'a> Execution<'a> {
    /// The fields of the query's root.
    pub fn query(&mut self, selections: &[Selection]) -> Result<Value, (Fault, String)> {
        let mut data = Map::new();
        for selection in selections {
            // The root's own fragments are not worth supporting.
            let Selection::Field(field) = selection else { continue };
            let at = |fault: Fault| (fault, field.answer.clone());
            let led = root::follow(self, &field.name, &field.arguments).map_err(at)?;
            let value = self.value(led, field).map_err(at)?;
            data.insert(field.answer.clone(), value);
        }
        Ok(Value::Object(data))
    }

    pub fn value(&mut self, led: Led<'a>, field: &Chosen) -> Result<Value, Fault> {
        match led {
            Led::Scalar(value) => Ok(value),
            Led::One(None) => Ok(Value::Null),
            Led::One(Some(thing)) => self.object(&thing, &field.selections),
            Led::Many(things) => {
                let each = things.into_iter().map(|thing| match thing {
                    Some(thing) => self.object(&thing, &field.selections),
                    None => Ok(Value::Null),
                });
                each.collect()
            }
            Led::Window(window) => self.window(&window, &field.selections),
        }
    }

    /// A node by itself, with all that is below it.
    pub fn whole(&mut self, thing: &Thing<'a>, selections: &[Selection]) -> Result<Value, Fault> {
        self.object(thing, selections)
    }

    fn object(&mut self, thing: &Thing<'a>, selections: &[Selection]) -> Result<Value, Fault> {
        self.spent += 1;
        let mut object = Map::new();
        self.fill(thing, selections, &mut object)?;
        Ok(Value::Object(object))
    }

    fn fill(
        &mut self,
        thing: &Thing<'a>,
        selections: &[Selection],
        object: &mut Map<String, Value>,
    ) -> Result<(), Fault> {
        for selection in selections {
            match selection {
                Selection::Field(field) => {
                    let led = thing
                        .follow(self.shop, &field.name, &field.arguments)
                        .map_err(|message| Fault::new("BAD_REQUEST", message))?;
                    let value = self.value(led, field)?;
                    object.insert(field.answer.clone(), value);
                }
                Selection::On { condition, selections } => {
                    if self.schema.is_a(thing.kind(), condition) {
                        self.fill(thing, selections, object)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn window(&mut self, window: &Window<'a>, selections: &[Selection]) -> Result<Value, Fault> {
        self.spent += 2;
        let mut connection = Map::new();
        for selection in selections {
            let Selection::Field(field) = selection else { continue };
            let value = match field.name.as_str() {
                "nodes" => {
                    let nodes = window.things.iter().map(|(thing, _)| self.object(thing, &field.selections));
                    nodes.collect::<Result<Value, Fault>>()?
                }
                "edges" => {
                    let edges = window.things.iter().map(|(thing, cursor)| self.edge(thing, cursor, &field.selections));
                    edges.collect::<Result<Value, Fault>>()?
                }
                "pageInfo" => page_info(window, &field.selections),
                _ => Value::Null,
            };
            connection.insert(field.answer.clone(), value);
        }
        Ok(Value::Object(connection))
    }

    fn edge(&mut self, thing: &Thing<'a>, cursor: &str, selections: &[Selection]) -> Result<Value, Fault> {
        let mut edge = Map::new();
        for selection in selections {
            let Selection::Field(field) = selection else { continue };
            let value = match field.name.as_str() {
                "node" => self.object(thing, &field.selections)?,
                _ => json!(cursor),
            };
            edge.insert(field.answer.clone(), value);
        }
        Ok(Value::Object(edge))
    }
}

fn page_info(window: &Window, selections: &[Selection]) -> Value {
    let mut info = Map::new();
    for selection in selections {
        let Selection::Field(field) = selection else { continue };
        let value = match field.name.as_str() {
            "hasNextPage" => json!(window.more),
            "hasPreviousPage" => json!(window.before),
            "endCursor" => json!(window.things.last().map(|(_, cursor)| cursor)),
            _ => json!(window.things.first().map(|(_, cursor)| cursor)),
        };
        info.insert(field.answer.clone(), value);
    }
    Value::Object(info)
}
