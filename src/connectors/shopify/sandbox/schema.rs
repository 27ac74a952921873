//! What the imitation knows of the Admin API: types, fields, arguments, read from `schema.graphql` beside this file.
//!
//! The file is a part of the official schema (a contract test compares them), so a field that Shopify does not have is
//! refused here as it is there, and input is checked by the same types.

use std::collections::BTreeMap;

use apollo_parser::Parser;
use apollo_parser::cst::{self, CstNode, Definition};
use serde_json::{Map, Value};

use super::query::literal;

const TEXT: &str = include_str!("schema.graphql");

/// `[Product!]!`
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Type {
    Named(String),
    List(Box<Type>),
    Required(Box<Type>),
}

impl Type {
    /// `Product` of `[Product!]!`.
    pub fn name(&self) -> &str {
        match self {
            Self::Named(name) => name,
            Self::List(inner) | Self::Required(inner) => inner.name(),
        }
    }

    pub fn read(raw: &cst::Type) -> Option<Self> {
        Some(match raw {
            cst::Type::NamedType(named) => Self::Named(named.name()?.text().to_string()),
            cst::Type::ListType(list) => Self::List(Box::new(Self::read(&list.ty()?)?)),
            cst::Type::NonNullType(required) => {
                let inner = match (required.named_type(), required.list_type()) {
                    (Some(named), _) => Self::Named(named.name()?.text().to_string()),
                    (None, Some(list)) => Self::List(Box::new(Self::read(&list.ty()?)?)),
                    (None, None) => return None,
                };
                Self::Required(Box::new(inner))
            }
        })
    }
}

#[derive(Debug, Clone)]
pub(super) struct Input {
    pub ty: Type,
    pub default: Option<Value>,
}

#[derive(Debug, Clone)]
pub(super) struct Field {
    pub ty: Type,
    pub arguments: BTreeMap<String, Input>,
}

#[derive(Debug, Clone)]
enum Kind {
    /// Objects and interfaces; the interfaces that an object has.
    Fields {
        fields: BTreeMap<String, Field>,
        interfaces: Vec<String>,
    },
    Input {
        fields: BTreeMap<String, Input>,
        one_of: bool,
    },
    Enum(Vec<String>),
    Scalar,
}

#[derive(Debug)]
pub(super) struct Schema(BTreeMap<String, Kind>);

impl Schema {
    pub fn read() -> Self {
        let document = Parser::new(TEXT).parse().document();
        let mut types = BTreeMap::new();
        for name in ["ID", "Int", "Float", "String", "Boolean"] {
            types.insert(name.to_owned(), Kind::Scalar);
        }
        for definition in document.definitions() {
            let named = |name: Option<cst::Name>| name.map(|name| name.text().to_string()).unwrap_or_default();
            let (name, kind) = match definition {
                Definition::ObjectTypeDefinition(object) => {
                    let interfaces = object
                        .implements_interfaces()
                        .map(|all| all.named_types().filter_map(|one| Some(one.name()?.text().to_string())).collect());
                    let fields = fields(object.fields_definition());
                    (named(object.name()), Kind::Fields { fields, interfaces: interfaces.unwrap_or_default() })
                }
                Definition::InterfaceTypeDefinition(interface) => {
                    let fields = fields(interface.fields_definition());
                    (named(interface.name()), Kind::Fields { fields, interfaces: Vec::new() })
                }
                Definition::InputObjectTypeDefinition(input) => {
                    let directives = input.directives().into_iter().flat_map(|all| all.directives());
                    let one_of = directives.filter_map(|d| d.name()).any(|name| name.text() == "oneOf");
                    let fields = input.input_fields_definition().map(|all| inputs(all.input_value_definitions()));
                    (named(input.name()), Kind::Input { fields: fields.unwrap_or_default(), one_of })
                }
                Definition::EnumTypeDefinition(list) => {
                    let values = list.enum_values_definition().into_iter().flat_map(|all| all.enum_value_definitions());
                    let values = values.filter_map(|value| Some(value.enum_value()?.text().to_string()));
                    (named(list.name()), Kind::Enum(values.collect()))
                }
                Definition::ScalarTypeDefinition(scalar) => (named(scalar.name()), Kind::Scalar),
                _ => continue,
            };
            types.insert(name, kind);
        }
        Self(types)
    }

    /// A field of an object or interface.
    pub fn field(&self, owner: &str, name: &str) -> Option<&Field> {
        match self.0.get(owner)? {
            Kind::Fields { fields, .. } => fields.get(name),
            _ => None,
        }
    }

    /// Whether something of this type is an object, so that fields of it must be chosen.
    pub fn has_fields(&self, name: &str) -> bool {
        matches!(self.0.get(name), Some(Kind::Fields { .. }))
    }

    /// Whether an object of type `object` is meant by `... on condition`.
    pub fn is_a(&self, object: &str, condition: &str) -> bool {
        object == condition
            || matches!(self.0.get(object), Some(Kind::Fields { interfaces, .. })
                if interfaces.iter().any(|interface| interface == condition))
    }

    pub fn knows(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The value as the type wants it, or what is wrong with it.
    pub fn coerce(&self, ty: &Type, value: &Value) -> Result<Value, String> {
        match ty {
            Type::Required(_) if value.is_null() => Err("Expected value to not be null".to_owned()),
            Type::Required(inner) => self.coerce(inner, value),
            _ if value.is_null() => Ok(Value::Null),
            Type::List(inner) => match value {
                Value::Array(list) => {
                    // Shopify, "Input limits": no list of inputs may be longer.
                    if list.len() > 250
                        && inner.name() != "ProductVariantSetInput"
                        && inner.name() != "OptionValueSetInput"
                    {
                        return Err(format!(
                            "The input array size of {} is greater than the maximum allowed of 250.",
                            list.len()
                        ));
                    }
                    list.iter().map(|one| self.coerce(inner, one)).collect()
                }
                one => Ok(Value::Array(vec![self.coerce(inner, one)?])),
            },
            Type::Named(name) => self.coerce_named(name, value),
        }
    }

    fn coerce_named(&self, name: &str, value: &Value) -> Result<Value, String> {
        let wrong = || Err(format!("Could not coerce value {value} to {name}"));
        match self.0.get(name) {
            Some(Kind::Scalar) => match (name, value) {
                ("Int", Value::Number(n)) if n.as_i64().is_some_and(|n| i32::try_from(n).is_ok()) => Ok(value.clone()),
                ("Boolean", Value::Bool(_)) => Ok(value.clone()),
                ("ID", Value::String(_)) => Ok(value.clone()),
                ("ID", Value::Number(n)) => Ok(Value::String(n.to_string())),
                ("Float", Value::Number(_)) => Ok(value.clone()),
                ("Int" | "Float" | "Boolean" | "ID", _) => wrong(),
                (_, Value::String(_)) => Ok(value.clone()),
                ("Money" | "Decimal", Value::Number(n)) => Ok(Value::String(n.to_string())),
                _ => wrong(),
            },
            Some(Kind::Enum(values)) => match value {
                Value::String(chosen) if values.contains(chosen) => Ok(value.clone()),
                _ => Err(format!("Expected {value} to be one of: {}", values.join(", "))),
            },
            Some(Kind::Input { fields, one_of }) => {
                let Value::Object(given) = value else { return wrong() };
                if let Some(unknown) = given.keys().find(|key| !fields.contains_key(*key)) {
                    return Err(format!("{unknown} (Field is not defined on {name})"));
                }
                let set = given.values().filter(|value| !value.is_null()).count();
                if *one_of && (given.len() != 1 || set != 1) {
                    return Err(format!("'{name}' requires exactly one argument, but {} were provided.", given.len()));
                }
                let mut object = Map::new();
                for (field, input) in fields {
                    match given.get(field).or(input.default.as_ref()) {
                        Some(value) => {
                            let value = self.coerce(&input.ty, value).map_err(|why| format!("{field}: {why}"))?;
                            object.insert(field.clone(), value);
                        }
                        None if matches!(input.ty, Type::Required(_)) => {
                            return Err(format!("{field} (Expected value to not be null)"));
                        }
                        None => {}
                    }
                }
                Ok(Value::Object(object))
            }
            _ => wrong(),
        }
    }
}

fn fields(raw: Option<cst::FieldsDefinition>) -> BTreeMap<String, Field> {
    let read = |raw: cst::FieldDefinition| {
        let name = raw.name()?.text().to_string();
        let arguments = raw.arguments_definition().map(|all| inputs(all.input_value_definitions()));
        Some((name, Field { ty: Type::read(&raw.ty()?)?, arguments: arguments.unwrap_or_default() }))
    };
    raw.into_iter().flat_map(|all| all.field_definitions()).filter_map(read).collect()
}

fn inputs(raw: cst::CstChildren<cst::InputValueDefinition>) -> BTreeMap<String, Input> {
    let read = |raw: cst::InputValueDefinition| {
        let default = raw.default_value().and_then(|default| default.value());
        let default = default.and_then(|value| literal(&value, &Map::new()).ok().flatten());
        Some((raw.name()?.text().to_string(), Input { ty: Type::read(&raw.ty()?)?, default }))
    };
    raw.filter_map(read).collect()
}

/// As it stands in the request.
pub(super) fn source_of(node: &impl CstNode) -> String {
    node.source_string()
}
