"""The commands that look at claims: list, show, eval."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from verify.command_line.console import output
from verify.command_line.options import (
    DEFAULT_LEDGER,
    Files,
    Json,
    LedgerFile,
    Paper,
    expanded,
    parsed,
    selected,
)
from verify.command_line.recalled import last_verdicts
from verify.errors import UsageError

if TYPE_CHECKING:
    from theory.domains import Domain
    from verify.relations import Statement
    from verify.relations.statement import Form


def list_claims(
    paper: Paper = None,
    status: Annotated[
        str | None, typer.Option(help="Only forms that are printed, corrected or derived.")
    ] = None,
    files: Files = None,
    as_json: Json = False,
) -> None:
    """List every claim and the forms that are judged under it."""
    if status not in (None, "printed", "corrected", "derived"):
        raise UsageError(f"--status {status}: must be printed, corrected or derived")
    rows = [
        (claim, one)
        for claim in selected(None, paper, files)
        for one in claim.says
        if status in (None, one.form.status)
    ]
    for claim, statement in rows:
        if as_json:
            print(json.dumps({
                "id": claim.id, "form": statement.name, "status": statement.form.status,
                "relation": statement.relation, "expected": statement.expected,
                "statement": claim.statement,
            }))  # fmt: skip
            continue
        if statement is claim.says[0] or status is not None:
            print(claim.id)
        terms = f"{statement.form.status:10} {statement.relation:15} expected {statement.expected}"
        print(f"    {statement.name:52} {terms}")


def show(
    claim_id: Annotated[str, typer.Argument(metavar="ID")],
    files: Files = None,
    ledger: LedgerFile = DEFAULT_LEDGER,
) -> None:
    """Show a claim: formulas, source, assumptions, and its last verdicts."""
    (claim,) = selected([claim_id], None, files)
    console = output()
    console.print(claim.id, style="bold", highlight=False, markup=False)
    console.print(claim.statement, highlight=False, markup=False)
    for note in claim.notes:
        console.print(f"note         {note}", highlight=False, markup=False, soft_wrap=True)
    for statement in claim.says:
        form = statement.form
        lines = [
            "",
            f"form         {statement.name} ({form.status}; {statement.relation};"
            f" expected {statement.expected})",
            f"quantity     {statement.quantity}",
            *_written(form),
            f"source       {form.source or claim.where}",
            *(f"parameter    {name}: {domain.describe()}" for name, domain in form.domain.items()),
            *(f"assumption   {text}" for text in form.assumptions),
        ]
        if statement.tolerance:
            lines.append(f"tolerance    {statement.tolerance}")
        if form.limit:
            order = form.finite_size and f", remainder {form.finite_size}"
            lines.append(f"limit        {form.limit}{order or ''}")
        if form.superseded_by and not statement.stands:
            lines.append(f"superseded   by {form.superseded_by}")
        if form.reading:
            lines += [f"reading      {label}: {text}" for label, text in form.reading.told.items()]
        if form.improved_by:
            lines.append(f"improved     by {form.improved_by}")
        lines += [f"verdict      {text}" for text in last_verdicts(ledger, claim, statement)]
        for line in lines:
            console.print(line, highlight=False, markup=False, soft_wrap=True)


def _written(form: Form) -> Iterator[str]:
    """The formula in each way of writing, where there is one."""
    if form.formula:
        yield f"formula      {form.formula}"
        yield f"LaTeX        {form.latex}"
        yield f"call         {form.python}"


def evaluate(
    claim_id: Annotated[str, typer.Argument(metavar="ID")],
    assignments: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME=VALUE...", help="e.g. depth=10 or depth=1,2,3"),
    ] = None,
    form: Annotated[
        list[str] | None, typer.Option(help="Only this form of the claim; repeatable.")
    ] = None,
    files: Files = None,
    log: Annotated[bool, typer.Option(help="Print the natural logarithm.")] = False,
    as_json: Json = False,
) -> None:
    """Evaluate a claim's closed forms at one or many values."""
    (claim,) = selected([claim_id], None, files)
    values = parsed(claim, assignments or ())
    asked = [claim.form(name) for name in form] if form else claim.says
    listed = [one for one in asked if one.form.formula]
    if not listed:
        raise UsageError(f"{claim.id}: has no formula to evaluate")
    has = "; or ".join(_parameter_sets(one.form.domain for one in listed))
    unknown = sorted(set(values) - {name for one in listed for name in one.form.domain})
    if unknown:
        raise UsageError(f"unknown {', '.join(unknown)}: {claim.id} has {has}")
    chosen = [
        one for one in listed if set(one.form.domain) <= set(values) and _is_called(one, values)
    ]
    if not chosen:
        raise UsageError(f"{claim.id}: give {has}")
    # All of them before the first is printed: a value out of its domain prints nothing else.
    lines = [
        evaluated(statement, point, log=log, as_json=as_json)
        for statement in chosen
        for point in expanded({name: values[name] for name in statement.form.domain})
    ]
    print("\n".join(lines))
    if not as_json:
        for line in dict.fromkeys(_assumes(one) for one in chosen if one.form.assumptions):
            print(line, file=sys.stderr)


def _assumes(statement: Statement) -> str:
    """What a form assumes: it has values beside it too, of which nothing is claimed."""
    return f"assumes: {'; '.join(statement.form.assumptions)} ({statement.name})"


def _is_called(statement: Statement, values: Mapping[str, Sequence[Any]]) -> bool:
    """Whether the names among the values, such as that of a column, are those of the form."""
    return all(
        any(domain.contains(one) for one in values[name])
        for name, domain in statement.form.domain.items()
        if isinstance(values[name][0], str)
    )


def _parameter_sets(domains: Iterable[Mapping[str, Domain]]) -> Iterator[str]:
    """Each set of parameters once, with the domains that its forms have."""
    sets: dict[tuple[str, ...], list[Mapping[str, Domain]]] = {}
    for one in domains:
        sets.setdefault(tuple(one), []).append(one)
    for names, alike in sets.items():
        told = [f"{name} ({_described([one[name] for one in alike])})" for name in names]
        yield ", ".join(told) or "no parameter"


def _described(domains: Sequence[Domain]) -> str:
    """The domains of one parameter: of lists, as of the columns of a table, all members."""
    from theory.domains import OneOf

    lists = [one for one in domains if isinstance(one, OneOf)]
    if len(lists) == len(domains) and len({one.holds_names for one in lists}) == 1:
        members = dict.fromkeys(value for one in lists for value in one.values)
        return OneOf(*members).describe()
    return ", or ".join(dict.fromkeys(one.describe() for one in domains))


def evaluated(statement: Statement, point: Mapping[str, Any], *, log: bool, as_json: bool) -> str:
    """One line: the value of a form, or its logarithm; in JSON null where float64 overflows."""
    value = float(statement.form.log(**point) if log else statement.form.value(**point))
    if as_json:
        number = value if math.isfinite(value) else None
        return json.dumps({"form": statement.name, **point, "log" if log else "value": number})
    place = ", ".join(
        f"{name}={one}" if isinstance(one, str) else f"{name}={one:g}"
        for name, one in point.items()
    )
    name = f"log {statement.name}" if log else statement.name
    hint = "" if math.isfinite(value) else "  (infinite)"
    if hint and not log and math.isfinite(statement.form.log(**point)):
        hint = "  (overflows; --log prints its logarithm)"
    if statement.form.superseded_by is not None:
        hint += f"  (superseded by {statement.form.superseded_by})"
    return f"{name}({place}) = {value:.15g}{hint}"
