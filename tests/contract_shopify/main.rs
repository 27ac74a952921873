//! What the Shopify connector sends, and what its sandbox answers, against the official Admin schema 2026-10.
//!
//! A notary sits between the two on a real socket and writes down every request and answer of a whole day's work. Then
//! each document must validate, each set of variables must fit, each answer must have the shape that was asked for.
//! The rules that no schema tells (`@idempotent`, `changeFromQuantity`) are the sandbox's to hold.

// The helpers of a test may fail like the test itself; clippy.toml excepts functions marked #[test] alone.
#![allow(clippy::unwrap_used, clippy::panic)]

mod day;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use apollo_compiler::executable::{Selection, SelectionSet};
use apollo_compiler::request::coerce_variable_values;
use apollo_compiler::response::JsonMap;
use apollo_compiler::schema::{ExtendedType, Type};
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};
use serde_json::Value;

use counterpart::domain::Timestamp;
use counterpart::sandbox::Outgoing;

use crate::day::a_days_work;

/// Known faults of the schema, with the reason: none. It is Shopify's own introspection of 2026-10, and every document
/// and answer fits it as it is.
const KNOWN_FAULTS: &[(&str, &str)] = &[];

/// The official schema; `None`, and a loud word, where it is not at hand.
fn official() -> Option<Valid<Schema>> {
    let root = std::env::var_os("COUNTERPART_SPECS").map_or_else(|| PathBuf::from("../shared/specs"), PathBuf::from);
    let path = root.join("shopify/admin_2026-10.graphql");
    let Ok(text) = std::fs::read_to_string(&path) else {
        // Past the test harness, which would swallow what a macro prints.
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: {} is not there; set COUNTERPART_SPECS to the folder of specifications",
            path.display()
        );
        return None;
    };
    // The printed schema uses the directive without declaring it.
    let text = format!("directive @oneOf on INPUT_OBJECT\n{text}");
    match Schema::parse_and_validate(text, "admin_2026-10.graphql") {
        Ok(schema) => Some(schema),
        Err(why) => panic!("the official schema: {}", why.errors),
    }
}

/// The type's name without list and non-null.
fn bare(ty: &Type) -> &str {
    ty.inner_named_type().as_str()
}

struct Answers<'a> {
    schema: &'a Valid<Schema>,
    document: &'a Valid<ExecutableDocument>,
}

impl Answers<'_> {
    fn value(&self, value: &Value, ty: &Type, set: &SelectionSet, at: &str) {
        if value.is_null() {
            assert!(!ty.is_non_null(), "{at} is null");
            return;
        }
        if ty.is_list() {
            let list = value.as_array().unwrap_or_else(|| panic!("{at} is no list: {value}"));
            for (place, value) in list.iter().enumerate() {
                self.value(value, ty.item_type(), set, &format!("{at}[{place}]"));
            }
            return;
        }
        match self.schema.types.get(bare(ty)) {
            Some(ExtendedType::Enum(list)) => {
                let chosen = value.as_str().unwrap_or_else(|| panic!("{at} is no word: {value}"));
                assert!(list.values.contains_key(chosen), "{at}: {} has no {chosen}", list.name);
            }
            Some(ExtendedType::Scalar(scalar)) => {
                let fits = match scalar.name.as_str() {
                    "Int" => value.as_i64().is_some_and(|n| i32::try_from(n).is_ok()),
                    "Boolean" => value.is_boolean(),
                    "Float" => value.is_number(),
                    "ID" => value.as_str().is_some_and(|id| id.starts_with("gid://shopify/")),
                    "DateTime" => value.as_str().is_some_and(|moment| Timestamp::parse(moment).is_some()),
                    _ => value.is_string(),
                };
                assert!(fits, "{at}: {value} is no {}", scalar.name);
            }
            Some(_) => {
                let object = value.as_object().unwrap_or_else(|| panic!("{at} is no object: {value}"));
                let mut known = BTreeMap::new();
                let is_abstract = !matches!(self.schema.types.get(bare(ty)), Some(ExtendedType::Object(_)));
                self.fields(set, is_abstract, &mut known);
                for name in object.keys() {
                    assert!(known.contains_key(name), "{at}.{name} was not asked for");
                }
                for (name, (ty, set, may_lack)) in &known {
                    match object.get(name) {
                        Some(value) => self.value(value, ty, set, &format!("{at}.{name}")),
                        None => assert!(may_lack, "{at}.{name} was asked for"),
                    }
                }
            }
            None => panic!("{at}: no type {}", bare(ty)),
        }
    }

    fn fields(&self, set: &SelectionSet, may_lack: bool, known: &mut BTreeMap<String, (Type, SelectionSet, bool)>) {
        for selection in &set.selections {
            match selection {
                Selection::Field(field) => {
                    let name = field.response_key().to_string();
                    known.insert(name, (field.ty().clone(), field.selection_set.clone(), may_lack));
                }
                Selection::InlineFragment(inline) => self.fields(&inline.selection_set, may_lack, known),
                Selection::FragmentSpread(spread) => {
                    let fragment = &self.document.fragments[&spread.fragment_name];
                    self.fields(&fragment.selection_set, may_lack, known);
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_and_answers_are_what_the_schema_says() {
    let Some(schema) = official() else { return };
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for used in [1, 0, 2] {
        let record = a_days_work(used).await;
        assert!(!record.is_empty());
        for (request, outgoing) in record {
            if request.method == "GET" {
                lines_are_products(&outgoing);
                continue;
            }
            let body = request.json().unwrap();
            let text = body["query"].as_str().unwrap();
            let document = ExecutableDocument::parse_and_validate(&schema, text, "request.graphql")
                .unwrap_or_else(|why| panic!("{}\n{text}", why.errors));
            let operation = document.operations.get(None).unwrap();
            let name = operation.name.as_ref().unwrap().to_string();
            assert_eq!(request.path, "/admin/api/2026-10/graphql.json", "{name}");
            if name == "BeginExport" {
                is_an_export(&schema, body["variables"]["query"].as_str().unwrap());
            }
            let variables: JsonMap = serde_json::from_value(body["variables"].clone()).unwrap();
            coerce_variable_values(&schema, operation, &variables)
                .unwrap_or_else(|why| panic!("{name}: {why:?}\n{}", body["variables"]));
            let answer: Value = serde_json::from_slice(&outgoing.body).unwrap();
            assert_eq!(outgoing.status, 200, "{name}: {answer}");
            assert!(answer.get("errors").is_none(), "{name}: {answer}");
            let cost = &answer["extensions"]["cost"];
            assert!(cost["requestedQueryCost"].as_u64().unwrap() <= 1000, "{name}: {cost}");
            let data = answer["data"].as_object().unwrap();
            let answers = Answers { schema: &schema, document: &document };
            let mut known = BTreeMap::new();
            answers.fields(&operation.selection_set, false, &mut known);
            for (field, (ty, set, _)) in &known {
                answers.value(&data[field], ty, set, &format!("{name}.{field}"));
            }
            *names.entry(name).or_default() += 1;
        }
    }
    assert!(KNOWN_FAULTS.is_empty(), "nothing is excused above");
    eprintln!("validated: {names:?}");
    let all = [
        "AddVariants",
        "Adjust",
        "BeginExport",
        "ById",
        "ByMark",
        "Count",
        "Create",
        "DefineMark",
        "Deletions",
        "Export",
        "Levels",
        "Listings",
        "Operation",
        "OrderLines",
        "OrderParts",
        "Orders",
        "PartLines",
        "Publications",
        "Publish",
        "Scopes",
        "StockChanges",
        "Test",
        "Update",
        "UpdateVariants",
        "Variants",
        "VariantsOfOne",
    ];
    assert_eq!(names.keys().map(String::as_str).collect::<Vec<_>>(), all, "a document was never sent");
}

/// What is carried out in the background is a query of the schema too, within the limits of such queries: edges, five
/// lists at the most, and none below the second.
fn is_an_export(schema: &Valid<Schema>, text: &str) {
    let document = ExecutableDocument::parse_and_validate(schema, text, "export.graphql");
    let document = document.unwrap_or_else(|why| panic!("{}\n{text}", why.errors));
    let operation = document.operations.get(None).unwrap();
    assert!(operation.variables.is_empty() && document.fragments.is_empty(), "{text}");
    fn lists(set: &SelectionSet, depth: usize) -> usize {
        let below = |selection: &Selection| match selection {
            Selection::Field(field) if bare(field.ty()).ends_with("Connection") => {
                assert!(depth < 2, "{} lies too deep", field.name);
                1 + lists(&field.selection_set, depth + 1)
            }
            Selection::Field(field) => lists(&field.selection_set, depth),
            Selection::InlineFragment(inline) => lists(&inline.selection_set, depth),
            Selection::FragmentSpread(_) => unreachable!(),
        };
        set.selections.iter().map(below).sum()
    }
    assert!((1..=5).contains(&lists(&operation.selection_set, 0)), "{text}");
}

/// A line for each product, its variants and pictures below it.
fn lines_are_products(outgoing: &Outgoing) {
    assert!([200, 206].contains(&outgoing.status), "{}", outgoing.status);
    let text = String::from_utf8(outgoing.body.clone()).unwrap();
    let first: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert!(first["id"].as_str().unwrap().starts_with("gid://shopify/Product/") && first.get("__parentId").is_none());
}

/// What is wrong is found: the checks above are no mere ceremony.
#[test]
fn a_misspelt_field_and_a_wrong_variable_are_found() {
    let Some(schema) = official() else { return };
    let misspelt = "query { shop { titel } }";
    assert!(ExecutableDocument::parse_and_validate(&schema, misspelt, "x").is_err());
    let text = "mutation M($input: InventoryAdjustQuantitiesInput!) {
        inventoryAdjustQuantities(input: $input) { userErrors { message } } }";
    let document = ExecutableDocument::parse_and_validate(&schema, text, "x").unwrap();
    let operation = document.operations.get(None).unwrap();
    let old = serde_json::json!({ "input": { "name": "available", "reason": "correction", "changes": [
        { "inventoryItemId": "a", "locationId": "b", "delta": 1, "compareQuantity": 3 } ] } });
    assert!(coerce_variable_values(&schema, operation, &serde_json::from_value(old).unwrap()).is_err());
}

/// The sandbox's own schema is a part of the official one: same types, same arguments; nothing made up.
#[test]
fn the_sandboxs_schema_is_a_part_of_the_official_one() {
    let Some(official) = official() else { return };
    let path = "src/connectors/shopify/sandbox/schema.graphql";
    let ours =
        Schema::parse(std::fs::read_to_string(path).unwrap(), path).unwrap_or_else(|why| panic!("{}", why.errors));
    for (name, ty) in &ours.types {
        if ty.is_built_in() {
            continue;
        }
        let Some(theirs) = official.types.get(name) else { panic!("there is no type {name}") };
        match (ty, theirs) {
            (
                ExtendedType::Object(_) | ExtendedType::Interface(_),
                ExtendedType::Object(_) | ExtendedType::Interface(_),
            ) => {
                assert_eq!(ty.is_interface(), theirs.is_interface(), "{name}");
                let fields = match ty {
                    ExtendedType::Object(object) => &object.fields,
                    ExtendedType::Interface(interface) => &interface.fields,
                    _ => unreachable!(),
                };
                for (field, definition) in fields {
                    let Ok(known) = official.type_field(name, field) else { panic!("there is no {name}.{field}") };
                    assert_eq!(definition.ty, known.ty, "{name}.{field}");
                    for argument in &definition.arguments {
                        let known = known.argument_by_name(&argument.name);
                        let known = known.unwrap_or_else(|| panic!("{name}.{field} has no {}", argument.name));
                        assert_eq!(
                            (&argument.ty, &argument.default_value),
                            (&known.ty, &known.default_value),
                            "{name}.{field}"
                        );
                    }
                }
            }
            (ExtendedType::InputObject(ours), ExtendedType::InputObject(theirs)) => {
                for (field, definition) in &ours.fields {
                    let Some(known) = theirs.fields.get(field) else { panic!("there is no {name}.{field}") };
                    assert_eq!(definition.ty, known.ty, "{name}.{field}");
                }
                let required = |field: &str| ours.fields.contains_key(field);
                for (field, definition) in &theirs.fields {
                    assert!(!definition.is_required() || required(field), "{name}.{field} is required");
                }
                assert_eq!(ours.directives.get("oneOf").is_some(), theirs.directives.get("oneOf").is_some(), "{name}");
            }
            (ExtendedType::Enum(ours), ExtendedType::Enum(theirs)) => {
                for value in ours.values.keys() {
                    assert!(theirs.values.contains_key(value), "{name} has no {value}");
                }
            }
            (ExtendedType::Scalar(_), ExtendedType::Scalar(_)) => {}
            _ => panic!("{name} is of another kind"),
        }
    }
}
