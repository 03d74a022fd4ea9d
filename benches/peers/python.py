"""Prints the table of decision times in Python: ours beside cedarpy and Cedarling, interleaved in one run.

With `--readme FILE` it also writes the table there, between `<!-- bench:python -->` and `<!-- /bench -->`. Needs
`pip install -r benches/peers/requirements.txt` and `maturin develop --release`.
"""

from __future__ import annotations

import json
import os
import platform
import re
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from time import perf_counter_ns

import cedarling_python as cedarling
import cedarpy
from bailiwick import Engine, _native
from scenario import TOOLS, Scenario

#: Whether an engine allows the call with this amount. The call is made anew, of raw arguments.
Decide = Callable[[float], bool]

ROUNDS = 200
#: Not recorded, so that each engine is in its steady state.
ROUNDS_BEFORE = 20
#: Decisions in each round; of those that are slower than `SLOW_NS`, as many as let the run end.
BURST, BURST_SLOW, SLOW_NS = 10, 2, 3_000_000

OURS = "1 hop"
NOTE = """
p50 / p99 of {decisions} decisions, or of as many as are in brackets, and ratios of p50; each call is made anew, of a \
`dict`. A decision of ours at one hop has three gates, at four hops nine, and is logged; cedarpy and Cedarling are \
asked one of them, the fastest way they offer: policies and entities parsed before, cedarpy without a schema, \
Cedarling without a log, its groups an attribute because its principals have none. {machine}; {packages}.
"""


def main(arguments: list[str]) -> None:
    match arguments:
        case []:
            readme = None
        case ["--readme", path]:
            readme = Path(path)
        case _:
            sys.exit("usage: python.py [--readme FILE]")
    if is_debug_build(Path(str(_native.__file__))):
        print("NOT FIGURES: a debug build of bailiwick; run `maturin develop --release`", file=sys.stderr)
        if readme:
            sys.exit(1)

    lines: list[str] = []
    for count in (10, 100, 1_000, 10_000):
        scenario = Scenario.of(count)
        peers = {"cedarpy": by_cedarpy(scenario), "Cedarling": by_cedarling(scenario)}
        times = measured(scenario, {**ours(scenario), **peers})
        if not lines:
            titles = ["policies", *times, *(f"{peer} ÷ {OURS}" for peer in peers)]
            lines += [f"| {' | '.join(titles)} |", f"|{'--:|' * len(titles)}"]
        medians = {name: percentile(of, 50) for name, of in times.items()}
        ratios = [f"{medians[peer] / medians[OURS]:.1f}\N{MULTIPLICATION SIGN}" for peer in peers]
        lines.append(f"| {' | '.join([str(count), *map(cell, times.values()), *ratios])} |")
    packages = ", ".join(f"{name} {version(name)}" for name in ("bailiwick", "cedarpy", "cedarling_python"))
    lines.append(NOTE.format(decisions=ROUNDS * BURST, machine=machine(), packages=packages))
    table = "\n".join(lines)
    print(table)
    if readme:
        write_into(readme, "python", table)


def ours(scenario: Scenario) -> dict[str, Decide]:
    """Tasks at the first and the last agent of the chain."""
    engine = Engine(
        policies={"bench.cedar": "\n".join(scenario.policies)}, catalog=scenario.catalog, registry=scenario.registry
    )
    first, *others = scenario.agents
    one = four = engine.begin(origin=scenario.origin, agent=first)
    for agent in others:
        four = four.delegate(agent, grant={"actions": [scenario.tool, "read"]})
    return {
        OURS: lambda amount: one.decide(scenario.tool, {"account": scenario.account, "amount": amount}).allowed,
        "4 hops": lambda amount: four.decide(scenario.tool, {"account": scenario.account, "amount": amount}).allowed,
    }


def by_cedarpy(scenario: Scenario) -> Decide:
    policies = cedarpy.PolicySet.from_str("\n".join(scenario.policies))
    entities = cedarpy.Entities.from_json_str(json.dumps(scenario.entities))
    asked = {"principal": scenario.principal, "action": scenario.action, "resource": scenario.resource}

    def decide(amount: float) -> bool:
        typed = {"account": scenario.account, "amount": {"__extn": {"fn": "decimal", "arg": str(amount)}}}
        request = {**asked, "context": {**scenario.context, "input": typed}}
        return bool(cedarpy.is_authorized(request, policies, entities).allowed)

    return decide


def by_cedarling(scenario: Scenario) -> Decide:
    # A principal of `authorize_unsigned` has attributes and no parents: the groups are an attribute here, and what
    # was `principal in Blueprint::"x"` is a condition.
    group = re.compile(r'(\w+) \(principal in Blueprint::("[^"]+"),(.*?) when')
    same = r"\1 (principal,\3 when { principal.blueprints.contains(\2) } when"
    policies = (f'@id("p{index}") {group.sub(same, policy)}' for index, policy in enumerate(scenario.policies))
    store = {"id": "be" * 20, "name": "bench", "version": "1.0.0"}
    with tempfile.TemporaryDirectory() as name:
        path = Path(name)
        metadata = {"policy_store_spec_version": 1, "cedar_version": "4.4.0", "policy_store": store}
        (path / "metadata.json").write_text(json.dumps(metadata))
        (path / "schema.cedarschema").write_text(CEDARLING_SCHEMA)
        (path / "policies").mkdir()
        (path / "policies" / "bench.cedar").write_text("\n".join(policies))
        options = {
            "CEDARLING_APPLICATION_NAME": "bench",
            "CEDARLING_POLICY_STORE_LOCAL_FN": name,
            "CEDARLING_LOG_TYPE": "off",
            "CEDARLING_JWT_SIG_VALIDATION": "disabled",
            "CEDARLING_JWT_STATUS_VALIDATION": "disabled",
        }
        engine = cedarling.Cedarling(cedarling.BootstrapConfig(options))

    def entity(uid: dict[str, str], **attributes: list[str]) -> cedarling.EntityData:
        return cedarling.EntityData(cedarling.CedarEntityMapping(uid["type"], uid["id"]), **attributes)

    principal, resource = entity(scenario.principal, blueprints=scenario.blueprints), entity(scenario.resource)
    action = f'Action::"{scenario.action["id"]}"'

    def decide(amount: float) -> bool:
        context = {**scenario.context, "input": {"account": scenario.account, "amount": str(amount)}}
        request = cedarling.RequestUnsigned(action=action, resource=resource, context=context, principal=principal)
        return bool(engine.authorize_unsigned(request).is_allowed())

    return decide


#: Cedarling loads nothing without a schema.
CEDARLING_SCHEMA = f"""
entity Group, Blueprint, Tool;
entity User in [Group];
entity Agent {{ blueprints: Set<String> }};
type Chain = {{ depth: Long, proof_level: Long }};
type OfTool = {{ tier: String }};
type Input = {{ account: String, amount: decimal }};
action write;
action {", ".join(f'"tool-{index}"' for index in range(TOOLS))} in [write] appliesTo {{
  principal: [Agent, User], resource: [Tool], context: {{ chain: Chain, tool: OfTool, input: Input }}
}};
action delegate appliesTo {{
  principal: [Agent, User], resource: [Blueprint, Agent], context: {{ chain: Chain, tool: OfTool }}
}};
"""


def measured(scenario: Scenario, engines: dict[str, Decide]) -> dict[str, list[int]]:
    """Nanoseconds of each decision, engine by engine, taken in turns."""
    times: dict[str, list[int]] = {name: [] for name in engines}
    for name, decide in engines.items():
        assert decide(scenario.amount), f"{name}: the call is allowed"
        assert not decide(scenario.amount_denied), f"{name}: over the limit it is not"
    fastest = {name: min(timed(decide, scenario) for _ in range(BURST)) for name, decide in engines.items()}
    bursts = {name: BURST if time < SLOW_NS else BURST_SLOW for name, time in fastest.items()}
    for number in range(-ROUNDS_BEFORE, ROUNDS):
        for name, decide in engines.items():
            timed(decide, scenario)  # meets the caches as the engine before left them
            burst = [timed(decide, scenario) for _ in range(bursts[name])]
            if number >= 0:
                times[name] += burst
    return times


def timed(decide: Decide, scenario: Scenario) -> int:
    amount = scenario.amount
    start = perf_counter_ns()
    allowed = decide(amount)
    time = perf_counter_ns() - start
    assert allowed, "the call is allowed"
    return time


def percentile(times: list[int], percent: int) -> int:
    return sorted(times)[len(times) * percent // 100]


def cell(times: list[int]) -> str:
    few = "" if len(times) == ROUNDS * BURST else f" ({len(times)})"
    return f"{percentile(times, 50) / 1_000:.1f} / {percentile(times, 99) / 1_000:.1f} µs{few}"


def machine() -> str:
    """What the figures were measured on, as far as the system tells."""
    info = Path("/proc/cpuinfo")
    model = re.search(r"^model name\s*: (.*)$", info.read_text() if info.exists() else "", re.MULTILINE)
    interpreter = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{model[1] if model else 'unknown processor'}, {os.cpu_count()} cores, {sys.platform}; {interpreter}"


def is_debug_build(native: Path) -> bool:
    """Whether the library has debug information, as `--release` leaves it out. Known on Linux only."""
    return b"\0.debug_info\0" in native.read_bytes()


def write_into(path: Path, name: str, table: str) -> None:
    """Puts the table between `<!-- bench:NAME -->` and `<!-- /bench -->`."""
    begin, end = f"<!-- bench:{name} -->", "<!-- /bench -->"
    before, found, rest = path.read_text().partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        sys.exit(f"{path} has no `{begin}` that `{end}` closes")
    path.write_text(f"{before}{begin}\n{table}{end}{after}")


if __name__ == "__main__":
    main(sys.argv[1:])
