"""Calculators of the module on resilience: time, tries, breakers, walls, limits."""

from courses.calculators.engine import Calculator, Input, Output

TIMEOUTS = Calculator(
    name="timeout-budget",
    title="Do the tries fit into the caller's time?",
    inputs=(
        Input("deadline_s", "The caller waits for", "s", 5, 0.001, 3600, 0.001),
        Input("spent_s", "Of that spent before this hop", "s", 0.2, 0, 3600, 0.001),
        Input("timeout_s", "Timeout of one try", "s", 3, 0.001, 3600, 0.001),
        Input("retries", "Retries after the first try", "", 3, 0, 20, 1),
        Input("base_s", "Wait before the first retry", "s", 1, 0, 600, 0.001),
        Input("cap_s", "Longest wait", "s", 30, 0.001, 3600, 0.001),
        Input("p999_s", "99.9th percentile of a healthy call", "s", 0.4, 0.0001, 3600, 0.001, term="p99.9"),
        Input("margin", "Margin over it", "times", 1.5, 1, 10, 0.1),
    ),
    outputs=(
        Output("left_s", "Time left for this hop", "s", "deadline_s - spent_s"),
        Output("waits_s", "Waits between the tries, without jitter", "s", "backoff_sum(base_s, cap_s, retries)"),
        Output("worst_s", "The longest that it can take", "s", "(retries + 1) * timeout_s + waits_s"),
        Output(
            "fits", "Does that fit?", "", "worst_s <= left_s",
            words=("no: the caller has left, and the work goes on", "yes"),
        ),
        Output(
            "per_try_s", "A timeout that fits these tries and waits", "s",
            "(left_s - waits_s) / (retries + 1) if left_s > waits_s else None",
            help="None where the waits alone take all the time.", term="time per try",
        ),
        Output(
            "suggested_s", "A timeout from what calls really take", "s", "p999_s * margin",
            help="Fewer than one healthy call in a thousand is cut off.",
        ),
        Output("suggested_worst_s", "The longest with that one", "s", "(retries + 1) * suggested_s + waits_s"),
        Output(
            "tries", "Tries of that timeout that fit, without any wait", "", "max(0, round_down(left_s / suggested_s))",
            help="Whoever retries at once spends these; every wait costs some of them.",
        ),
        Output(
            "timeout_only_s", "“A timeout of so many seconds bounds the call”", "s", "timeout_s",
            help="It bounds one try. A read timeout often bounds only the gap between two bytes.", mistake=True,
        ),
    ),
    assumes="Waits double from the first one up to the longest. Each try hangs until its timeout.",
    source=(
        "Arithmetic of the worst case; timeouts from a high percentile: M. Brooker, “Timeouts, retries, and backoff with "
        "jitter”"
    ),
    covers=("timeout-guidelines", "fix-timeouts-too-loose", "fix-config-vs-budget"),
)  # fmt: skip
AMPLIFICATION = Calculator(
    name="retry-amplification",
    title="How many calls does one request become?",
    inputs=(
        Input("attempts", "Tries of each layer, the first included", "", 4, 1, 20, 1),
        Input("layers", "Layers that retry", "", 3, 1, 8, 1),
        Input("failure_rate", "Share of calls that fail at the bottom", "", 1, 0, 1, 0.01),
        Input("rate_rps", "Requests from the users", "requests/s", 100, 0.01, 1_000_000, 0.01),
        Input("budget_ratio", "Retry budget, share of requests", "", 0.1, 0, 1, 0.01),
        Input("timeout_s", "Timeout of one try", "s", 1, 0.001, 3600, 0.001),
        Input("base_s", "Wait before the first retry", "s", 0.1, 0, 600, 0.001),
        Input("cap_s", "Longest wait", "s", 5, 0.001, 3600, 0.001),
    ),
    outputs=(
        Output("worst_calls", "Calls at the bottom for one request, at worst", "calls", "attempts ** layers"),
        Output(
            "mean_calls", "On average at this failure rate", "calls",
            "(1 - failure_rate ** worst_calls) / (1 - failure_rate) if failure_rate < 1 else worst_calls",
        ),
        Output("bottom_rps", "Load at the bottom", "calls/s", "rate_rps * mean_calls"),
        Output(
            "one_layer_calls", "If only one layer retries", "calls",
            "(1 - failure_rate ** attempts) / (1 - failure_rate) if failure_rate < 1 else attempts", term="calls of one layer",
        ),
        Output("one_layer_rps", "Load at the bottom then", "calls/s", "rate_rps * one_layer_calls"),
        Output(
            "budget_rps", "With a retry budget in that layer, at most", "calls/s",
            "rate_rps * min(one_layer_calls, 1 + budget_ratio)",
        ),
        Output(
            "added_calls", "“The tries of all layers, added up”", "calls", "1 + layers * (attempts - 1)",
            help="They multiply: each try above starts all tries below anew.", mistake=True,
        ),
        Output(
            "worst_s", "One layer takes at worst", "s", "attempts * timeout_s + backoff_sum(base_s, cap_s, attempts - 1)",
            help="Each layer above that waits for it needs so long for every one of its own tries.",
        ),
    ),
    assumes=(
        "Calls fail independently with the same chance, also when overloaded (in truth retries raise it). Waits double, "
        "without jitter."
    ),
    source="Truncated geometric distribution; budget: Google, “Site Reliability Engineering”, ch. 21, 2016",
    covers=("formula-retry-amplification", "fix-retry-amplification"),
)  # fmt: skip
BACKOFF = Calculator(
    name="backoff",
    title="How long is the next wait?",
    inputs=(
        Input("retries_done", "Retries done so far (n)", "", 3, 0, 30, 1, term="n"),
        Input("base_s", "Base: the first wait", "s", 1, 0.001, 600, 0.001),
        Input("cap_s", "Cap: the longest wait", "s", 20, 0.001, 3600, 0.001),
        Input("retries", "Retries in all", "", 4, 0, 30, 1),
        Input("clients", "Clients that failed in the same moment", "", 1000, 1, 10_000_000, 1),
    ),
    outputs=(
        Output("wait_s", "Wait before the next retry, without jitter", "s", "min(cap_s, base_s * 2 ** retries_done)"),
        Output("full_jitter_s", "Full jitter, mean", "s", "wait_s / 2", help="Drawn evenly from 0 to that wait."),
        Output("equal_jitter_s", "Equal jitter, mean", "s", "wait_s * 3 / 4", help="Half of it, and 0 to half drawn evenly."),
        Output(
            "uncapped_s", "Without a cap", "s", "base_s * 2 ** retries_done",
            help="It doubles for ever.", mistake=True, term="wait",
        ),
        Output(
            "off_by_one_s", "Counting from 1: base × 2^attempt", "s", "base_s * 2 ** (retries_done + 1)",
            help="Twice as long: the first wait would be 2 × base. Count retries done, from 0.", mistake=True, term="wait",
        ),
        Output("all_waits_s", "All waits together, at most", "s", "backoff_sum(base_s, cap_s, retries)"),
        Output("clients_per_s", "Full jitter: these clients come back at", "1/s", "clients / wait_s", term="come back"),
        Output(
            "narrow_per_s", "Jitter of 0 to 50 % on top: at", "1/s", "clients / (0.5 * wait_s)",
            help="All in half a wait's time, after a silence: twice the wave.", term="come back",
        ),
    ),
    assumes="n counts the retries that are done: the first wait is base × 2⁰. A server's Retry-After goes before all of this.",
    source="M. Brooker, “Exponential Backoff and Jitter”, AWS Architecture Blog, 2015",
    covers=("retry-backoff", "formula-backoff", "fix-retry-off-by-one", "fix-retry-cap-jitter"),
)  # fmt: skip
BREAKER = Calculator(
    name="breaker-settings",
    title="What will this breaker do to your traffic?",
    inputs=(
        Input("rate_rps", "Calls through one breaker", "calls/s", 100, 0.01, 10_000, 0.01),
        Input("normal_failure_rate", "Share that fails on a normal day", "", 0.05, 0, 0.5, 0.001),
        Input("failure_threshold", "Opens at a failure rate of", "", 0.5, 0.05, 1, 0.01),
        Input("window_s", "Sliding window", "s", 10, 1, 600, 1),
        Input("minimum_calls", "Minimum calls in the window", "calls", 20, 1, 200, 1),
        Input("instances", "Instances of the caller", "", 20, 1, 1000, 1),
        Input("half_open_permits", "Trials when half-open", "calls", 3, 1, 100, 1),
    ),
    outputs=(
        Output("calls_in_window", "Calls that the window holds", "calls", "rate_rps * window_s"),
        Output(
            "can_open", "Does the window ever fill?", "", "calls_in_window >= minimum_calls",
            words=("no: this breaker stays closed for ever", "yes"),
        ),
        Output(
            "failures_needed", "Failures that open it at the minimum", "calls", "round_up(failure_threshold * minimum_calls)",
        ),
        Output(
            "notice_s", "Notices a dead dependency after", "s", "max(failures_needed, minimum_calls) / rate_rps",
            help="The minimum must be full before the rate counts; a window that never fills keeps the breaker closed.",
            term="notice",
        ),
        Output(
            "false_alarm", "Chance that noise alone opens it, per window", "",
            "binomial_tail(minimum_calls, failures_needed, normal_failure_rate)",
        ),
        Output("false_alarms_per_day", "False alarms a day", "", "false_alarm * 86400 / window_s"),
        Output("trials", "Trials that a waking dependency meets at once, at most", "calls", "instances * half_open_permits"),
    ),
    assumes="Calls fail independently of each other; each window is judged when it holds just the minimum.",
    source="Tail of the binomial distribution",
    covers=("circuit-breaker-settings", "circuit-breaker", "fix-breaker-config-disagreement"),
)  # fmt: skip
BULKHEAD = Calculator(
    name="bulkhead",
    title="What does the wall cost, and what does it save?",
    inputs=(
        Input("rate_a_rps", "Calls to A", "calls/s", 40, 0, 100_000, 0.1, term="rate A"),
        Input("rate_b_rps", "Calls to B", "calls/s", 40, 0, 100_000, 0.1, term="rate B"),
        Input("rate_c_rps", "Calls to C", "calls/s", 40, 0.1, 100_000, 0.1, term="rate C"),
        Input("mean_s", "A call takes", "s", 0.025, 0.0001, 600, 0.0001, term="mean time"),
        Input("p99_s", "99th percentile of a call", "s", 0.115, 0.0001, 600, 0.0001),
        Input("slow_s", "A call to C takes when C is slow", "s", 2, 0.0001, 600, 0.001, term="slow time"),
        Input("slots_a", "Slots for A", "", 3, 1, 2000, 1, term="slots A"),
        Input("slots_b", "Slots for B", "", 3, 1, 2000, 1, term="slots B"),
        Input("slots_c", "Slots for C", "", 4, 1, 2000, 1, term="slots C"),
    ),
    outputs=(
        Output("slots", "Slots in all", "", "slots_a + slots_b + slots_c"),
        Output("load_a", "Busy slots of A, if there were enough", "erlangs", "rate_a_rps * mean_s", term="load A"),
        Output("load_b", "The same of B", "erlangs", "rate_b_rps * mean_s", term="load B"),
        Output("load_c", "The same of C", "erlangs", "rate_c_rps * mean_s", term="load C"),
        Output(
            "shared_percent", "One pool, all healthy: refused", "%", "100 * erlang_b(slots, load_a + load_b + load_c)",
            term="refused",
        ),
        Output("split_a_percent", "Split: refused of A, always", "%", "100 * erlang_b(slots_a, load_a)", term="refused A"),
        Output("split_b_percent", "Split: refused of B, always", "%", "100 * erlang_b(slots_b, load_b)", term="refused B"),
        Output("split_c_percent", "Split: refused of C, healthy", "%", "100 * erlang_b(slots_c, load_c)", term="refused C"),
        Output(
            "split_percent", "Split, all healthy: refused of all", "%",
            "(rate_a_rps * split_a_percent + rate_b_rps * split_b_percent + rate_c_rps * split_c_percent) / (rate_a_rps + "
            "rate_b_rps + rate_c_rps)",
            help="More than in one pool: that is the price of the wall.", term="refused",
        ),
        Output(
            "shared_slow_percent", "One pool, C slow: refused of A, B and C alike", "%",
            "100 * erlang_b(slots, load_a + load_b + rate_c_rps * slow_s)",
            help="What the wall saves: with it only C's callers see this.", term="refused",
        ),
        Output(
            "split_slow_percent", "Split, C slow: refused of C", "%", "100 * erlang_b(slots_c, rate_c_rps * slow_s)",
            term="refused C",
        ),
        Output("little_slots", "Slots for A by rate × 99th percentile", "", "round_up(rate_a_rps * p99_s)", term="slots A"),
    ),
    assumes="Poisson arrivals, no queue: whoever finds no free slot is refused. Any distribution of times.",
    source="A. K. Erlang, 1917 (the B formula); pooling: D. R. Smith, W. Whitt, 1981",
    covers=("bulkhead", "fix-bulkhead-cost"),
)  # fmt: skip
LIMITER = Calculator(
    name="limiter-memory",
    title="What does a key cost in the limiter's store?",
    inputs=(
        Input("keys", "Keys active in a window", "", 100_000, 1, 10_000_000_000, 1),
        Input("limit", "Limit", "calls", 100, 1, 10_000_000, 1),
        Input("window_s", "Window", "s", 60, 0.001, 2_592_000, 0.001),
        Input("used_share", "Share of the limit that a key uses", "", 1, 0, 1, 0.01),
        Input("attack_rps", "Calls of one abusive key", "calls/s", 500, 0.01, 1_000_000, 0.01),
    ),
    outputs=(
        Output("entries", "Log: entries of a key", "", "limit * used_share"),
        Output(
            "log_bytes", "Log: bytes of a key", "bytes", "48 + 31.2 * entries if entries <= 128 else 960 + 79.1 * entries",
            term="bytes of a key",
        ),
        Output("log_mb", "Log: all keys", "MB", "keys * log_bytes / 1000000", term="log"),
        Output("attack_entries", "Log that counts denied calls: entries of the abusive key", "", "attack_rps * window_s"),
        Output(
            "attack_mb", "Log that counts denied calls: that one key", "MB",
            "(48 + 31.2 * attack_entries if attack_entries <= 128 else 960 + 79.1 * attack_entries) / 1000000",
            help="Whoever attacks sets its size; and it stays denied as long as it knocks.", term="log of one key",
        ),
        Output("counter_mb", "Two window counters: all keys", "MB", "keys * 2 * 56 / 1000000", term="counters"),
        Output("bucket_mb", "Token bucket: all keys", "MB", "keys * 72 / 1000000", term="buckets"),
        Output("gcra_mb", "GCRA: all keys", "MB", "keys * 56 / 1000000", term="GCRA"),
        Output("log_against_gcra", "The log against GCRA", "times", "log_mb / gcra_mb", term="ratio"),
    ),
    assumes=(
        "Bytes as Valkey 9 reports them on 64-bit Linux: a short string with key and expiry 56, two numbers 72; a sorted set "
        "48 + 31.2 an entry up to 128 entries, beyond 960 + 79.1 an entry. Allocator and fragmentation come on top."
    ),
    source="The fit of labs.experiments.rate_limiter.memory to MEMORY USAGE",
    covers=("rate-limiter", "fix-ratelimit-memory-cost"),
)  # fmt: skip
CALCULATORS = (TIMEOUTS, AMPLIFICATION, BACKOFF, BREAKER, BULKHEAD, LIMITER)
