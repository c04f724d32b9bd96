"""The calculator of the module on structure: what one unit costs, and what many do."""

from courses.calculators.engine import Calculator, Input, Output

SPLIT = Calculator(
    name="monolith-or-services",
    title="One unit or many: what does each cost?",
    inputs=(
        Input("engineers", "Engineers", "", 40, 1, 10_000, 1),
        Input("changes_per_day", "Changes of an engineer a working day", "", 0.5, 0.01, 20, 0.01),
        Input("pipeline_min", "A deploy takes", "min", 15, 0.1, 600, 0.1, term="deploy time"),
        Input("bad_share", "Share of deploys that go wrong", "", 0.05, 0, 1, 0.01),
        Input("repair_min", "A bad one holds up the rest for", "min", 60, 0, 1440, 1, term="repair time"),
        Input("day_hours", "Hours a day in which you deploy", "h", 8, 1, 24, 1, term="hours a day"),
        Input("services", "Services after a split", "", 8, 1, 5000, 1),
        Input("calls_in_row", "Calls in a row that a request needs then", "", 4, 1, 100, 1),
        Input("hop_ms", "A call costs, network and encoding", "ms", 2, 0, 10_000, 0.1),
        Input("service_availability_percent", "Availability of one service", "%", 99.95, 50, 99.9999, 0.0001),
        Input("upkeep_hours", "Upkeep of a service: pipeline, alerts, upgrades", "h/month", 10, 0, 1000, 0.1, term="upkeep"),
        Input("team_size", "Engineers of a team", "", 7, 1, 100, 1),
    ),
    outputs=(
        Output(
            "unit_load", "One unit: its deploy lane is busy", "%",
            "100 * engineers * changes_per_day * (pipeline_min + bad_share * repair_min) / (day_hours * 60)",
            help="Above 100 % the queue never empties: changes pile up into batches.",
        ),
        Output(
            "unit_wait_min", "One unit: a change waits for its turn", "min",
            "unit_load / (100 - unit_load) * (pipeline_min + bad_share * repair_min) if unit_load < 100 else None",
        ),
        Output("service_load", "Split: the deploy lane of a service is busy", "%", "unit_load / services"),
        Output(
            "service_wait_min", "Split: a change waits for its turn", "min",
            "service_load / (100 - service_load) * (pipeline_min + bad_share * repair_min) if service_load < 100 else None",
        ),
        Output(
            "row_availability_percent", "Split: availability of the calls in a row", "%",
            "100 * (service_availability_percent / 100) ** calls_in_row", 5, term="availability in a row",
        ),
        Output("row_ms", "Split: time spent between services", "ms", "calls_in_row * hop_ms", term="time between"),
        Output("upkeep_people", "Split: people's worth of upkeep", "people", "services * upkeep_hours / 160"),
        Output(
            "by_headcount", "By the usual table of head counts", "",
            "0 if engineers < 10 else 1 if engineers <= 50 else 2 if engineers <= 100 else 3",
            help="A first guess. Whether a lane is full, and what a call in a row costs, it cannot know.",
            words=("monolith", "modular monolith", "some services", "services throughout"),
        ),
        Output("rotations", "Split: on-call rotations", "", "min(services, round_up(engineers / team_size))"),
        Output("people_per_rotation", "Split: engineers to share a rotation", "", "engineers / rotations"),
        Output("services_per_team", "Split: services for each team", "", "services / round_up(engineers / team_size)"),
    ),
    assumes=(
        "One deploy at a time in a lane, changes at random times, M/M/1 for the wait; changes spread evenly over the services "
        "and need only one; a person has 160 hours a month; services fail independently. A modular monolith keeps the left "
        "side and still draws the borders."
    ),
    source="M/M/1 for the lane; reliability in series; the rest is arithmetic",
    covers=("when-to-choose-architecture",),
)  # fmt: skip
CALCULATORS = (SPLIT,)
