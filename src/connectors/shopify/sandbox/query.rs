//! A request's document: parsed, its fragments unfolded, its variables put in, and checked against the schema.
//!
//! The messages are Shopify's own for the mistakes one makes: an unknown field, a missing or unknown argument, a value
//! that does not fit.

use std::collections::BTreeMap;

use apollo_parser::Parser;
use apollo_parser::cst::{self, Definition};
use serde_json::{Map, Value};

use super::schema::{Field, Schema, Type, source_of};

/// Fragments inside fragments, deep enough for anybody.
const MOST_DEPTH: usize = 30;

#[derive(Debug)]
pub(super) struct Operation {
    pub is_mutation: bool,
    pub selections: Vec<Selection>,
}

#[derive(Debug, Clone)]
pub(super) enum Selection {
    Field(Chosen),
    /// `... on Product { … }`
    On {
        condition: String,
        selections: Vec<Selection>,
    },
}

/// A field that is asked for.
#[derive(Debug, Clone)]
pub(super) struct Chosen {
    /// Under which name it is answered.
    pub answer: String,
    pub name: String,
    pub ty: Type,
    pub arguments: Map<String, Value>,
    /// The key of `@idempotent`.
    pub idempotency: Option<String>,
    pub selections: Vec<Selection>,
}

/// What is wrong with a document, and its code.
#[derive(Debug)]
pub(super) struct Wrong {
    pub message: String,
    pub code: &'static str,
}

fn wrong<T>(code: &'static str, message: String) -> Result<T, Wrong> {
    Err(Wrong { message, code })
}

struct Reader<'a> {
    schema: &'a Schema,
    fragments: BTreeMap<String, cst::FragmentDefinition>,
    variables: Map<String, Value>,
}

impl Operation {
    pub fn read(schema: &Schema, text: &str, given: &Value) -> Result<Self, Wrong> {
        let tree = Parser::new(text).recursion_limit(100).parse();
        if let Some(error) = tree.errors().next() {
            return wrong("syntaxError", format!("syntax error: {}", error.message()));
        }
        let mut operations = Vec::new();
        let mut fragments = BTreeMap::new();
        for definition in tree.document().definitions() {
            match definition {
                Definition::OperationDefinition(operation) => operations.push(operation),
                Definition::FragmentDefinition(fragment) => {
                    if let Some(name) = fragment.fragment_name().and_then(|name| name.name()) {
                        fragments.insert(name.text().to_string(), fragment);
                    }
                }
                _ => return wrong("syntaxError", "only operations and fragments can be sent".to_owned()),
            }
        }
        let [operation] = &operations[..] else {
            return wrong("operationName", "An operation name is required".to_owned());
        };
        let is_mutation = operation.operation_type().is_some_and(|kind| kind.mutation_token().is_some());
        let variables = variables(schema, operation, given)?;
        let reader = Reader { schema, fragments, variables };
        let root = if is_mutation { "Mutation" } else { "QueryRoot" };
        let selections = reader.selections(operation.selection_set(), root, 0)?;
        Ok(Self { is_mutation, selections })
    }
}

/// The variables as their types want them. One that was left out and has no default is not in the map.
fn variables(
    schema: &Schema,
    operation: &cst::OperationDefinition,
    given: &Value,
) -> Result<Map<String, Value>, Wrong> {
    let mut variables = Map::new();
    let definitions = operation.variable_definitions().into_iter().flat_map(|all| all.variable_definitions());
    for definition in definitions {
        let name = definition.variable().map(|variable| variable.text().to_string()).unwrap_or_default();
        let Some(ty) = definition.ty().and_then(|ty| Type::read(&ty)) else {
            return wrong("syntaxError", format!("Variable ${name} has no type"));
        };
        if !schema.knows(ty.name()) {
            return wrong(
                "variableRequiresValidType",
                format!("{} isn't a defined input type (on ${name})", ty.name()),
            );
        }
        let default = definition.default_value().and_then(|default| default.value());
        let default = default.and_then(|value| literal(&value, &Map::new()).ok().flatten());
        match given.get(&name).cloned().or(default) {
            Some(value) => {
                let value = schema.coerce(&ty, &value).or_else(|why| {
                    let expected = source_of(&definition).trim().to_owned();
                    wrong("INVALID_VARIABLE", format!("Variable {expected} was provided invalid value for {why}"))
                })?;
                variables.insert(name, value);
            }
            None if matches!(ty, Type::Required(_)) => {
                let message = format!("Variable ${name} of type {} was provided invalid value", ty.name());
                return wrong("INVALID_VARIABLE", message);
            }
            None => {}
        }
    }
    Ok(variables)
}

impl Reader<'_> {
    fn selections(&self, raw: Option<cst::SelectionSet>, owner: &str, depth: usize) -> Result<Vec<Selection>, Wrong> {
        if depth > MOST_DEPTH {
            return wrong("depth", "Query is nested too deeply".to_owned());
        }
        let mut selections = Vec::new();
        for selection in raw.into_iter().flat_map(|set| set.selections()) {
            match selection {
                cst::Selection::Field(field) => {
                    selections.push(Selection::Field(self.field(&field, owner, depth)?));
                }
                cst::Selection::FragmentSpread(spread) => {
                    let name = spread.fragment_name().and_then(|name| name.name()).map(|name| name.text().to_string());
                    let name = name.unwrap_or_default();
                    let Some(fragment) = self.fragments.get(&name) else {
                        return wrong("useAndDefineFragment", format!("Fragment {name} was used, but not defined"));
                    };
                    let condition = condition(fragment.type_condition(), owner);
                    let selections_of = self.selections(fragment.selection_set(), &condition, depth + 1)?;
                    selections.push(Selection::On { condition, selections: selections_of });
                }
                cst::Selection::InlineFragment(inline) => {
                    let condition = condition(inline.type_condition(), owner);
                    if !self.schema.knows(&condition) {
                        return wrong(
                            "undefinedType",
                            format!("No such type {condition}, so it can't be a fragment condition"),
                        );
                    }
                    let selections_of = self.selections(inline.selection_set(), &condition, depth + 1)?;
                    selections.push(Selection::On { condition, selections: selections_of });
                }
            }
        }
        Ok(selections)
    }

    fn field(&self, raw: &cst::Field, owner: &str, depth: usize) -> Result<Chosen, Wrong> {
        let name = raw.name().map(|name| name.text().to_string()).unwrap_or_default();
        let answer = raw.alias().and_then(|alias| alias.name()).map(|name| name.text().to_string());
        let answer = answer.unwrap_or_else(|| name.clone());
        let Some(field) = self.schema.field(owner, &name) else {
            return wrong("undefinedField", format!("Field '{name}' doesn't exist on type '{owner}'"));
        };
        let arguments = self.arguments(raw.arguments(), field, owner, &name)?;
        let selections = self.selections(raw.selection_set(), field.ty.name(), depth + 1)?;
        if self.schema.has_fields(field.ty.name()) == selections.is_empty() {
            let message = if selections.is_empty() {
                format!("Field must have selections (field '{name}' returns {} but has no selections)", field.ty.name())
            } else {
                format!("Selections can't be made on scalars (field '{name}' returns {})", field.ty.name())
            };
            return wrong("selectionMismatch", message);
        }
        Ok(Chosen { answer, name, ty: field.ty.clone(), arguments, idempotency: self.idempotency(raw)?, selections })
    }

    fn arguments(
        &self,
        raw: Option<cst::Arguments>,
        field: &Field,
        owner: &str,
        name: &str,
    ) -> Result<Map<String, Value>, Wrong> {
        let mut arguments = Map::new();
        for argument in raw.into_iter().flat_map(|all| all.arguments()) {
            let key = argument.name().map(|name| name.text().to_string()).unwrap_or_default();
            let Some(input) = field.arguments.get(&key) else {
                return wrong("argumentNotAccepted", format!("Field '{name}' doesn't accept argument '{key}'"));
            };
            let Some(value) = argument.value() else { continue };
            let Some(value) = self.literal(&value)? else { continue };
            let value = self.schema.coerce(&input.ty, &value).or_else(|why| {
                wrong(
                    "argumentLiteralsIncompatible",
                    format!("Argument '{key}' on Field '{name}' has an invalid value: {why}"),
                )
            })?;
            arguments.insert(key, value);
        }
        for (key, input) in &field.arguments {
            if arguments.contains_key(key) {
                continue;
            }
            match &input.default {
                Some(default) => drop(arguments.insert(key.clone(), default.clone())),
                None if matches!(input.ty, Type::Required(_)) => {
                    let message = format!("Field '{name}' is missing required arguments: {key} (on {owner})");
                    return wrong("missingRequiredArguments", message);
                }
                None => {}
            }
        }
        Ok(arguments)
    }

    /// The one directive that a field here may have.
    fn idempotency(&self, raw: &cst::Field) -> Result<Option<String>, Wrong> {
        let mut directives = raw.directives().into_iter().flat_map(|all| all.directives());
        let Some(directive) = directives.next() else { return Ok(None) };
        let name = directive.name().map(|name| name.text().to_string()).unwrap_or_default();
        if name != "idempotent" || directives.next().is_some() {
            return wrong("undefinedDirective", format!("Directive @{name} is not defined"));
        }
        for argument in directive.arguments().into_iter().flat_map(|all| all.arguments()) {
            if let Some(Value::String(key)) = argument.value().map(|v| self.literal(&v)).transpose()?.flatten() {
                return Ok(Some(key));
            }
        }
        wrong("missingRequiredArguments", "Directive 'idempotent' is missing required arguments: key".to_owned())
    }

    fn literal(&self, raw: &cst::Value) -> Result<Option<Value>, Wrong> {
        literal(raw, &self.variables).or_else(|message| wrong("argumentLiteralsIncompatible", message))
    }
}

fn condition(raw: Option<cst::TypeCondition>, owner: &str) -> String {
    let named = raw.and_then(|condition| condition.named_type()).and_then(|named| named.name());
    named.map_or_else(|| owner.to_owned(), |name| name.text().to_string())
}

/// A value with its variables put in; `None` for a variable that was left out.
pub(super) fn literal(raw: &cst::Value, variables: &Map<String, Value>) -> Result<Option<Value>, String> {
    Ok(Some(match raw {
        cst::Value::Variable(variable) => return Ok(variables.get(&variable.text().to_string()).cloned()),
        cst::Value::StringValue(text) => Value::String(String::from(text)),
        cst::Value::IntValue(number) => {
            i32::try_from(number).map(Value::from).map_err(|_| "a number that is no Int".to_owned())?
        }
        cst::Value::FloatValue(number) => {
            f64::try_from(number).map(Value::from).map_err(|_| "a number that is none".to_owned())?
        }
        cst::Value::BooleanValue(truth) => Value::Bool(truth.true_token().is_some()),
        cst::Value::NullValue(_) => Value::Null,
        cst::Value::EnumValue(chosen) => Value::String(chosen.text().to_string()),
        cst::Value::ListValue(list) => {
            let mut values = Vec::new();
            for value in list.values() {
                values.push(literal(&value, variables)?.unwrap_or(Value::Null));
            }
            Value::Array(values)
        }
        cst::Value::ObjectValue(object) => {
            let mut fields = Map::new();
            for field in object.object_fields() {
                let name = field.name().map(|name| name.text().to_string()).unwrap_or_default();
                if let Some(value) = field.value()
                    && let Some(value) = literal(&value, variables)?
                {
                    fields.insert(name, value);
                }
            }
            Value::Object(fields)
        }
    }))
}
