"""Calculators of the module on operating: queues near full, percentiles, budgets, load tests."""

from courses.calculators.engine import Calculator, Input, Output

KNEE = Calculator(
    name="utilization-knee",
    title="Where does the waiting begin?",
    inputs=(
        Input("rate_rps", "Arrivals", "requests/s", 70, 0.01, 1_000_000, 0.01),
        Input("service_ms", "Mean work of a request", "ms", 10, 0.001, 600_000, 0.001, term="work"),
        Input("servers", "Servers (threads, cores, connections)", "", 1, 1, 2000, 1),
        Input("more_percent", "And if so much more comes", "%", 20, 0, 1000, 1, term="more"),
    ),
    outputs=(
        Output("busy", "Busy servers, on average", "", "rate_rps * service_ms / 1000"),
        Output("utilization_percent", "Utilisation", "%", "100 * busy / servers"),
        Output("capacity_rps", "All that can come out", "requests/s", "servers * 1000 / service_ms", term="capacity"),
        Output("wait_share", "Requests that must wait", "%", "100 * erlang_c(servers, busy) if busy < servers else None"),
        Output("wait_ms", "Mean wait", "ms", "wait_share / 100 * service_ms / (servers - busy)"),
        Output("response_ms", "Mean response", "ms", "wait_ms + service_ms"),
        Output("stretch", "Response against the work itself", "times", "response_ms / service_ms"),
        Output(
            "wait_p99_ms", "99th percentile of the wait", "ms",
            "max(0, log(wait_share)) * service_ms / (servers - busy) if wait_share > 0 else 0", term="wait p99",
        ),
        Output("inside", "Requests inside", "", "rate_rps * response_ms / 1000", help="Little's law."),
        Output("more_busy", "Busy servers with the additional load", "", "busy * (1 + more_percent / 100)", term="busy then"),
        Output(
            "more_response_ms", "Mean response with the additional load", "ms",
            "service_ms + erlang_c(servers, more_busy) * service_ms / (servers - more_busy) if more_busy < servers else None",
            term="response then",
        ),
        Output(
            "linear_ms", "“So much more load, so much slower”", "ms", "response_ms * (1 + more_percent / 100)",
            help="Response does not grow with load but with load over what is left free.", mistake=True, term="response then",
        ),
    ),
    assumes=(
        "Poisson arrivals, exponential work, one queue, first come, first served, a steady state. Bursts and heavy tails are "
        "worse."
    ),
    source="A. K. Erlang, 1917; L. Kleinrock, “Queueing Systems”, vol. 1, 1975 (M/M/c)",
    covers=("missing-performance-metrics-basics",),
)  # fmt: skip
HISTOGRAM = Calculator(
    name="histogram-error",
    title="What can a histogram not tell?",
    inputs=(
        Input("bucket_ms", "Width of a bucket", "ms", 50, 0.1, 60_000, 0.1, term="bucket width"),
        Input("true_p95_ms", "The true p95", "ms", 212, 0.1, 600_000, 0.1),
        Input("target_ms", "Target for p95", "ms", 200, 0.1, 600_000, 0.1),
        Input("longest_ms", "Longest time to be counted", "ms", 10_000, 1, 3_600_000, 1),
        Input("relative_error", "Error you accept in growing buckets, a share", "", 0.01, 0.0001, 0.5, 0.001, term="e"),
        Input("samples", "Requests in the window", "", 2000, 1, 1_000_000_000, 1),
    ),
    outputs=(
        Output(
            "lower_ms", "Lower edge of its bucket", "ms", "round_down(true_p95_ms / bucket_ms) * bucket_ms",
            help="What the usual code reports as p95.", mistake=True, term="lower edge",
        ),
        Output("upper_ms", "Upper edge", "ms", "lower_ms + bucket_ms", term="upper edge"),
        Output("error_percent", "The lower edge is off by", "%", "100 * (lower_ms - true_p95_ms) / true_p95_ms"),
        Output("truly_met", "Is the target met, in truth?", "", "true_p95_ms <= target_ms", words=("no", "yes")),
        Output("lower_met", "And by the lower edge?", "", "lower_ms <= target_ms", words=("no", "yes"), mistake=True),
        Output(
            "can_tell", "Can this histogram tell at all?", "",
            "1 if target_ms <= lower_ms else 1 if upper_ms <= target_ms else 0",
            words=("no: the target lies inside the bucket", "yes: the bucket lies on one side of the target"),
        ),
        Output("buckets", "Buckets of this width up to the longest time", "", "round_up(longest_ms / bucket_ms)"),
        Output(
            "log_buckets", "Growing buckets from 1 ms on, never off by more than you accept", "",
            "round_up(log(longest_ms) / log((1 + relative_error) / (1 - relative_error)))",
        ),
        Output("rank", "Rank of p95 among the requests, in order of time", "", "round_up(0.95 * samples)"),
        Output(
            "rank_noise", "That rank varies by chance, ±", "requests", "sqrt(samples * 0.95 * 0.05)",
            help="One standard deviation: no histogram makes a small sample exact.",
        ),
    ),
    assumes=(
        "Buckets from a lower edge, included, to an upper edge; growing buckets by γ = (1 + e) / (1 − e), each reported in its "
        "middle."
    ),
    source="C. Masson, J. E. Rim, H. K. Lee, “DDSketch”, PVLDB 12, 2019",
    covers=("sla-monitor",),
)  # fmt: skip
BUDGET = Calculator(
    name="error-budget",
    title="What may still go wrong?",
    inputs=(
        Input("slo_percent", "Objective", "%", 99.9, 50, 99.9999, 0.0001, term="SLO"),
        Input("window_days", "Window", "days", 30, 1, 366, 1),
        Input("used_minutes", "Minutes of full outage so far", "min", 30, 0, 527_040, 0.1, term="minutes used"),
        Input("mean_rps", "Requests, mean of the window", "requests/s", 100, 0.001, 10_000_000, 0.001),
        Input("peak_rps", "Requests at the peak", "requests/s", 300, 0.001, 10_000_000, 0.001),
        Input("night_rps", "Requests at night", "requests/s", 20, 0.001, 10_000_000, 0.001),
        Input("outage_minutes", "An outage lasts", "min", 20, 0, 10_000, 0.1),
    ),
    outputs=(
        Output("budget_minutes", "Budget in time", "min", "(1 - slo_percent / 100) * window_days * 1440"),
        Output("left_minutes", "Left of it", "min", "budget_minutes - used_minutes", term="left"),
        Output("used_percent", "Used", "%", "100 * used_minutes / budget_minutes", term="share used"),
        Output(
            "mean_month_minutes", "Budget of the mean month, 30.44 days", "min", "(1 - slo_percent / 100) * 365.25 / 12 * 1440",
            help="“Per month” is no window: 28 days give less, 31 more.", term="budget",
        ),
        Output(
            "budget_requests", "Budget in requests", "requests", "(1 - slo_percent / 100) * mean_rps * window_days * 86400",
            term="budget in requests",
        ),
        Output(
            "peak_percent", "The outage at the peak uses of that", "%",
            "100 * peak_rps * outage_minutes * 60 / budget_requests", term="used at the peak",
        ),
        Output(
            "night_percent", "The outage at night uses of that", "%", "100 * night_rps * outage_minutes * 60 / budget_requests",
            term="used at night",
        ),
        Output(
            "time_percent", "Counted as downtime it uses, whenever it is", "%", "100 * outage_minutes / budget_minutes",
            help="Right for an objective on time, wrong for one on requests.", mistake=True, term="share used",
        ),
    ),
    assumes="In an outage all requests fail; partly failed minutes count in proportion.",
    source="Google, “Site Reliability Engineering”, ch. 3, 2016",
    covers=("error-budget", "formula-error-budget", "fix-error-budget-43", "fix-error-budget-time-vs-requests"),
)  # fmt: skip
BURN = Calculator(
    name="burn-rate",
    title="How fast does the budget burn?",
    inputs=(
        Input("slo_percent", "Objective", "%", 99.9, 50, 99.9999, 0.0001, term="SLO"),
        Input("bad_percent", "Bad requests now", "%", 1.44, 0.000001, 100, 0.01, term="bad share"),
        Input("window_days", "Window of the objective", "days", 30, 1, 366, 1),
        Input("alert_hours", "Window of the alert", "h", 1, 0.01, 744, 0.01, term="alert window"),
        Input(
            "alert_spent_percent", "Alert when that window alone spends, of the budget", "%", 2, 0.01, 100, 0.01,
            term="alert share",
        ),
    ),
    outputs=(
        Output("burn", "Burn rate", "times", "bad_percent / (100 - slo_percent)"),
        Output("empty_hours", "A full budget is empty after", "h", "window_days * 24 / burn", term="time to empty"),
        Output(
            "spent_percent", "Spent in the alert's window at this rate", "%", "100 * burn * alert_hours / (window_days * 24)",
        ),
        Output("alert_burn", "The alert's burn rate", "times", "alert_spent_percent / 100 * window_days * 24 / alert_hours"),
        Output(
            "alert_bad_percent", "That is a share of bad requests of", "%", "min(100, alert_burn * (100 - slo_percent))",
            term="alert bad share",
        ),
        Output("alerts", "Does it fire at this rate?", "", "burn >= alert_burn", words=("no", "yes"), term="fires"),
        Output(
            "notice_minutes", "It fires after, from a clean start", "min",
            "60 * alert_hours * alert_burn / burn if burn >= alert_burn else None",
        ),
        Output(
            "outage_minutes", "In a full outage it fires after", "min",
            "60 * alert_hours * alert_bad_percent / 100 if alert_burn * (100 - slo_percent) <= 100 else None",
            term="notice in an outage",
        ),
        Output("check_minutes", "Short window that must burn as well, a twelfth", "min", "60 * alert_hours / 12"),
    ),
    assumes=(
        "Traffic is even, and the share of bad ones constant from one moment on. The short window makes the alert end soon "
        "after."
    ),
    source="Google, “The Site Reliability Workbook”, ch. 5, 2018",
    covers=("formula-burn-rate", "fix-burn-rate-undefined"),
)  # fmt: skip
AVAILABILITY = Calculator(
    name="availability",
    title="Parts in a row, parts side by side",
    inputs=(
        Input("availability_percent", "Availability of one part", "%", 99.9, 50, 99.9999, 0.0001),
        Input("parts", "Parts that all must work", "", 5, 1, 100, 1),
        Input("replicas", "Replicas of each part, one is enough", "", 1, 1, 5, 1),
        Input("days", "Window", "days", 30, 1, 366, 1, term="days"),
    ),
    outputs=(
        Output(
            "alone_minutes", "Downtime of one part alone, in the window", "min",
            "(1 - availability_percent / 100) * days * 1440", term="downtime",
        ),
        Output(
            "alone_year_hours", "The same in a year of 365 days", "h", "(1 - availability_percent / 100) * 365 * 24",
            term="downtime",
        ),
        Output(
            "part", "Availability of a part with its replicas", "%", "100 * (1 - (1 - availability_percent / 100) ** replicas)",
            7,
        ),
        Output("whole", "Availability of the whole", "%", "100 * (part / 100) ** parts", 7),
        Output("downtime_minutes", "Downtime of the whole, in the window", "min", "(1 - whole / 100) * days * 1440"),
        Output(
            "needed_percent", "A part needs, for the whole to be as good as one part now", "%",
            "100 * (availability_percent / 100) ** (1 / parts)", 7,
        ),
    ),
    assumes="Parts fail independently. They rarely do: a shared network, deploy or region takes replicas down together.",
    source="Series and parallel reliability",
    covers=("formula-series-parallel", "formula-downtime", "availability-nines", "fix-availability-figures"),
)  # fmt: skip
LOAD_TEST = Calculator(
    name="load-test",
    title="What does your load test not see?",
    inputs=(
        Input("users", "Users of the closed test", "", 100, 1, 1_000_000, 1),
        Input("think_s", "Each thinks for", "s", 1, 0, 3600, 0.001, term="think time"),
        Input("response_s", "Response when all is well", "s", 0.1, 0.0001, 600, 0.0001),
        Input("slow_s", "Response when it is slow", "s", 2, 0.0001, 600, 0.001, term="slow response"),
        Input("rate_rps", "Real arrivals, whatever the response", "requests/s", 90, 0.01, 1_000_000, 0.01),
        Input("test_s", "The test lasts", "s", 600, 1, 86_400, 1, term="test time"),
        Input("stall_s", "In it everything stands still once for", "s", 20, 0, 3600, 0.1),
    ),
    outputs=(
        Output("closed_rps", "Closed: it sends", "requests/s", "users / (think_s + response_s)", term="closed rate"),
        Output(
            "closed_slow_rps", "Closed, when slow: it sends", "requests/s", "users / (think_s + slow_s)",
            help="The test is kind to a slow system. Real arrivals go on coming.",
        ),
        Output("needed_users", "Users that would send the real rate", "", "round_up(rate_rps * (think_s + response_s))"),
        Output("ceiling_rps", "Closed: it can never send more than", "requests/s", "users / think_s if think_s > 0 else None"),
        Output(
            "closed_delayed", "Closed: requests that the stall delays", "", "min(users, closed_rps * min(stall_s, test_s))",
            help="Each user waits once and sends nothing meanwhile: coordinated omission.",
        ),
        Output(
            "closed_delayed_percent", "Closed: share of its requests", "%",
            "100 * closed_delayed / (closed_rps * max(0, test_s - stall_s) + closed_delayed)", mistake=True,
            term="share delayed",
        ),
        Output("open_delayed", "Open: requests that the stall delays, at least", "", "rate_rps * min(stall_s, test_s)"),
        Output(
            "open_delayed_percent", "Open: share of its requests", "%", "100 * min(1, stall_s / test_s)", term="share delayed",
        ),
        Output(
            "open_p99_s", "Open: p99, the clearing of the backlog not counted", "s",
            "max(response_s, min(stall_s, test_s) - 0.01 * test_s)", term="open p99",
        ),
        Output(
            "closed_p99_s", "Closed: p99 that it reports", "s",
            "response_s if closed_delayed_percent < 1 else max(response_s, min(stall_s, test_s))",
            help="About what it says: users who were thinking wait for less.", mistake=True, term="closed p99",
        ),
    ),
    assumes=(
        "Everything that comes in a stall is answered at its end at once, in truth later. Thinking is counted once a request. "
        "Closed: a user sends the next request only after the answer; open: requests come at their own times."
    ),
    source=(
        "B. Schroeder, A. Wierman, M. Harchol-Balter, “Open Versus Closed: A Cautionary Tale”, NSDI 2006; G. Tene on "
        "coordinated omission"
    ),
    covers=("missing-load-testing",),
)  # fmt: skip
CALCULATORS = (KNEE, HISTOGRAM, BUDGET, BURN, AVAILABILITY, LOAD_TEST)
