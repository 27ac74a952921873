//! A plan on the command line: shown, confirmed, applied.

use serde::Serialize;

use super::arguments::PlanArguments;
use super::confirm::confirm;
use super::follow::{rows, watch};
use super::front::{Front, unexpected};
use super::output::{Table, counted, duration, print_json, remark};
use crate::error::{Exit, Failure};
use crate::protocol::{JobRow, PlanId, PlanStepRow, PlanSummary, RefusalRow, RejectedLine, Reply, Request};

/// The whole plan, as `--dry-run --json` prints it.
#[derive(Serialize)]
struct Whole<'a> {
    plan: &'a PlanSummary,
    steps: &'a [PlanStepRow],
    refused: &'a [RefusalRow],
    #[serde(skip_serializing_if = "<[RejectedLine]>::is_empty")]
    rejected: &'a [RejectedLine],
}

/// What `--json` prints when a plan was applied, or when there was nothing to apply.
#[derive(Serialize)]
struct Applied<'a> {
    plan: &'a PlanSummary,
    refused: &'a [RefusalRow],
    #[serde(skip_serializing_if = "<[RejectedLine]>::is_empty")]
    rejected: &'a [RejectedLine],
    jobs: &'a [JobRow],
}

/// A plan that the engine holds, and the rows of a file that are not in it.
pub struct Applying {
    pub plan: PlanSummary,
    pub rejected: Vec<RejectedLine>,
}

/// Both documents, empty.
#[derive(Serialize)]
struct Nothing<'a> {
    plan: Option<()>,
    steps: &'a [()],
    refused: &'a [()],
    jobs: &'a [()],
}

/// Shows or applies a plan that the engine has just made.
pub async fn carry_out(front: &Front, request: Request, arguments: &PlanArguments) -> Result<Exit, Failure> {
    let plan = match front.ask(request).await? {
        Reply::Planned(plan) => plan,
        Reply::Nothing { message, hint } => return nothing_chosen(front, &message, &hint),
        other => return Err(unexpected(&other)),
    };
    carry_on(front, Applying { plan, rejected: Vec::new() }, arguments).await
}

/// The same with a plan that is held already.
pub async fn carry_on(front: &Front, applying: Applying, arguments: &PlanArguments) -> Result<Exit, Failure> {
    let Applying { plan, rejected } = applying;
    let refused = refusals(front, plan.plan).await?;
    if arguments.dry_run {
        let steps = steps(front, plan.plan).await?;
        if front.json {
            print_json(&Whole { plan: &plan, steps: &steps, refused: &refused, rejected: &rejected })?;
        } else {
            table(&steps)?;
            told(&plan, &refused);
            remark("nothing was written: --dry-run");
        }
        front.done(Request::DropPlan { plan: plan.plan }).await?;
        return Ok(if refused.is_empty() { Exit::Success } else { Exit::Partial });
    }
    told(&plan, &refused);
    let applied = |jobs: &[JobRow]| match front.json {
        true => print_json(&Applied { plan: &plan, refused: &refused, rejected: &rejected, jobs }),
        false => Ok(()),
    };
    if plan.steps == 0 {
        front.done(Request::DropPlan { plan: plan.plan }).await?;
        remark("nothing is left to do");
        applied(&[])?;
        return Ok(if refused.is_empty() { Exit::Success } else { Exit::Partial });
    }
    if !confirm(&format!("{}: {}?", plan.title, counted(plan.steps, "write")), arguments.yes)? {
        front.done(Request::DropPlan { plan: plan.plan }).await?;
        remark("nothing was written");
        return Ok(Exit::Failure);
    }
    match front.ask(Request::Apply { plan: plan.plan }).await? {
        Reply::Started { jobs } if arguments.no_wait => {
            let named: Vec<String> = jobs.iter().map(ToString::to_string).collect();
            remark(&format!("started as job {}", named.join(", ")));
            applied(&rows(front, &jobs).await?)?;
            Ok(if refused.is_empty() { Exit::Success } else { Exit::Partial })
        }
        Reply::Started { jobs } => {
            let (rows, exit) = watch(front, &jobs).await?;
            applied(&rows)?;
            Ok(if exit == Exit::Success && !refused.is_empty() { Exit::Partial } else { exit })
        }
        other => Err(unexpected(&other)),
    }
}

/// For `--all` when nothing is shown: no fault of anybody's, and nothing to plan.
pub fn nothing_chosen(front: &Front, why: &str, hint: &str) -> Result<Exit, Failure> {
    remark(&format!("nothing is left to do: {why}\nhint: {hint}"));
    if front.json {
        print_json(&Nothing { plan: None, steps: &[], refused: &[], jobs: &[] })?;
    }
    Ok(Exit::Success)
}

fn told(plan: &PlanSummary, refused: &[RefusalRow]) {
    remark(&format!(
        "{}: {}, {}, about {}",
        plan.title,
        counted(plan.steps, "step"),
        counted(plan.calls, "call"),
        duration(plan.seconds)
    ));
    for warning in &plan.warnings {
        remark(&format!("warning: {warning}"));
    }
    for row in refused {
        let why: Vec<&str> = row.reasons.iter().map(|(_, sentence)| sentence.as_str()).collect();
        remark(&format!("  left out: {} ({})", row.subject, why.join("; ")));
    }
}

fn table(steps: &[PlanStepRow]) -> Result<(), Failure> {
    let mut table = Table::new(&[
        ("WHERE", false),
        ("WHAT", false),
        ("PRODUCT", false),
        ("OLD", true),
        ("NEW", true),
        ("WHY", false),
    ]);
    for step in steps {
        table.row(vec![
            step.place.clone(),
            step.what.clone(),
            step.subject.to_string(),
            step.old.clone().unwrap_or_default(),
            step.new.clone().unwrap_or_default(),
            step.reason.clone(),
        ]);
    }
    table.print()
}

async fn steps(front: &Front, plan: PlanId) -> Result<Vec<PlanStepRow>, Failure> {
    let rows = |reply| match reply {
        Reply::PlanSteps { total, rows, .. } => Ok((total, rows)),
        other => Err(Box::new(other)),
    };
    front.all_rows(|window| Request::PlanSteps { plan, window }, rows).await
}

async fn refusals(front: &Front, plan: PlanId) -> Result<Vec<RefusalRow>, Failure> {
    let rows = |reply| match reply {
        Reply::PlanRefusals { total, rows, .. } => Ok((total, rows)),
        other => Err(Box::new(other)),
    };
    front.all_rows(|window| Request::PlanRefusals { plan, window }, rows).await
}
