"""Calculators of the module on method: cost, size, growth, and what many calls do to a page."""

from courses.calculators.engine import Calculator, Input, Output

DAYS_A_YEAR = 365

COST = Calculator(
    name="cost-model",
    title="What do a million requests cost?",
    inputs=(
        Input("mean_rps", "Requests, mean over the month", "requests/s", 500, 0.01, 10_000_000, 0.01),
        Input("peak_factor", "Peak against the mean", "", 3, 1, 100, 0.1),
        Input("machine_rps", "One machine, fully busy, serves", "requests/s", 200, 0.01, 1_000_000, 0.01),
        Input("utilization", "Utilisation you allow at the peak", "", 0.6, 0.05, 1, 0.01),
        Input("machine_per_hour", "Price of a machine", "$/h", 0.2, 0, 1000, 0.001, term="machine price"),
        Input("stored_gb", "Data stored", "GB", 5000, 0, 1_000_000_000, 1, term="stored"),
        Input("storage_per_gb_month", "Price of storage", "$/GB and month", 0.1, 0, 100, 0.001, term="storage price"),
        Input("response_kb", "Mean response", "KB", 50, 0, 1_000_000, 0.1),
        Input("egress_per_gb", "Price of traffic out", "$/GB", 0.09, 0, 100, 0.001, term="egress price"),
        Input("people", "People who only keep it running", "", 2, 0, 10_000, 0.1),
        Input("person_per_month", "Cost of one person", "$/month", 12_000, 0, 1_000_000, 1, term="cost of a person"),
    ),
    outputs=(
        Output(
            "requests_millions", "Requests a month of 30 days", "million", "mean_rps * 86400 * 30 / 10 ** 6",
            term="million requests",
        ),
        Output(
            "machines", "Machines that carry the peak", "", "round_up(mean_rps * peak_factor / (machine_rps * utilization))",
        ),
        Output(
            "busy_share", "Utilisation over the whole month", "%", "100 * mean_rps / (machines * machine_rps)",
            help="What you pay for and do not use is the price of the peak and of headroom.",
        ),
        Output("machine_cost", "Machines", "$/month", "machines * machine_per_hour * 24 * 30"),
        Output("storage_cost", "Storage", "$/month", "stored_gb * storage_per_gb_month"),
        Output("egress_cost", "Traffic out", "$/month", "requests_millions * response_kb * egress_per_gb"),
        Output("people_cost", "People", "$/month", "people * person_per_month"),
        Output("total_cost", "All together", "$/month", "machine_cost + storage_cost + egress_cost + people_cost"),
        Output("per_million", "A million requests cost", "$", "total_cost / requests_millions"),
        Output(
            "bill_per_million", "The same from the provider's bill alone", "$",
            "(machine_cost + storage_cost + egress_cost) / requests_millions",
            help="Half a model: it makes every design that saves machines and costs people look cheap.", mistake=True,
        ),
        Output("people_share", "Share of the total that goes to people", "%", "100 * people_cost / total_cost"),
    ),
    assumes="A month of 30 days; machines run all month for the peak; KB and GB are decimal. All prices are yours to fill in.",
    source="Arithmetic; the default prices are round figures of the order of public price lists, not quotes",
    covers=("missing-cost-model",),
)  # fmt: skip
RIGHT_SIZE = Calculator(
    name="right-size",
    title="From users to what the machines feel",
    inputs=(
        Input("users", "Registered users", "", 1_000_000, 1, 10_000_000_000, 1),
        Input("daily_share", "Share of them active on a day", "", 0.1, 0.0001, 1, 0.001),
        Input("requests_per_user", "Requests of an active user a day", "", 50, 0.01, 100_000, 0.01),
        Input("peak_factor", "Peak against the mean", "", 3, 1, 100, 0.1),
        Input("write_share", "Share of requests that write", "", 0.1, 0, 1, 0.01),
        Input("write_kb", "Data that a write leaves behind", "KB", 2, 0, 1_000_000, 0.1),
        Input("server_rps", "One server, fully busy, serves", "requests/s", 500, 0.01, 1_000_000, 0.01),
        Input("utilization", "Utilisation you allow at the peak", "", 0.6, 0.05, 1, 0.01),
        Input("spare_servers", "Servers that may be lost at the peak", "", 1, 0, 100, 1),
        Input("queries_per_request", "Queries of a request", "", 5, 0, 1000, 0.1),
        Input("database_qps", "One database server, fully busy, answers", "queries/s", 5000, 1, 10_000_000, 1),
        Input("job_share", "Share of requests that start slow work", "", 0.02, 0, 1, 0.001),
        Input("job_s", "Length of such a piece of slow work", "s", 3, 0, 86_400, 0.1, term="job time"),
    ),
    outputs=(
        Output(
            "peak_rps", "Requests at the peak", "requests/s", "users * daily_share * requests_per_user * peak_factor / 86400",
        ),
        Output("peak_write_rps", "Writes at the peak", "writes/s", "peak_rps * write_share"),
        Output(
            "servers", "Servers for that, with the spare ones", "",
            "round_up(peak_rps / (server_rps * utilization)) + spare_servers",
        ),
        Output(
            "database_load", "Load of one database server at the peak", "%",
            "100 * peak_rps * queries_per_request / database_qps",
        ),
        Output(
            "one_database", "Does one database server carry it?", "", "database_load <= 100 * utilization",
            words=("no: cache, replicate, then split", "yes, with a standby if it must stay up"),
        ),
        Output(
            "growth_gb", "Data that a year adds", "GB",
            "users * daily_share * requests_per_user * write_share * write_kb * 365 / 10 ** 6",
        ),
        Output(
            "job_workers", "Workers kept busy by slow work at the peak", "", "peak_rps * job_share * job_s",
            help="What is slow or may fail belongs behind a queue at any number of users.",
        ),
        Output(
            "by_user_table", "By the usual table of user counts", "",
            "0 if users < 100000 else 1 if users < 1000000 else 2 if users < 10000000 else 3 if users < 100000000 else 4",
            help="It knows neither requests, nor writes, nor data, nor what an hour of downtime costs.",
            words=(
                "one server, SQLite",
                "one server, PostgreSQL",
                "two or three servers, a managed database",
                "the same and perhaps a queue",
                "perhaps microservices",
            ),
            mistake=True,
        ),
    ),
    assumes="Peak = mean × factor; capacities are measured, not believed. One server without a spare is down when it is down.",
    source="Arithmetic; Little's law for the workers",
    covers=("right-sizing-by-users", "fix-right-size-users", "system-design-checklist"),
)  # fmt: skip
SIZING = Calculator(
    name="sizing",
    title="Requests, storage, bandwidth, machines",
    inputs=(
        Input("daily_users", "Users active on a day", "", 500_000_000, 1, 10_000_000_000, 1),
        Input("requests_per_user", "Requests of a user a day", "", 50, 0.01, 100_000, 0.01),
        Input("peak_factor", "Peak against the mean", "", 3, 1, 100, 0.1),
        Input("write_share", "Share of requests that write", "", 0.1, 0, 1, 0.01),
        Input("user_kb_per_day", "New data of a user a day", "KB", 100, 0, 10_000_000, 0.1, term="data per user"),
        Input("years", "Years kept", "", 5, 1, 50, 1),
        Input("growth", "Growth a year, as a share", "", 0.2, 0, 5, 0.01),
        Input("copies", "Copies of the data", "", 3, 1, 20, 1),
        Input("response_kb", "Mean response", "KB", 50, 0, 1_000_000, 0.1),
        Input("latency_s", "Mean time in the system", "s", 0.2, 0.0001, 3600, 0.001),
        Input("server_rps", "One server, fully busy, serves", "requests/s", 1000, 0.01, 1_000_000, 0.01),
        Input("utilization", "Utilisation you allow at the peak", "", 0.6, 0.05, 1, 0.01),
    ),
    outputs=(
        Output("mean_rps", "Requests, mean of the day", "requests/s", "daily_users * requests_per_user / 86400"),
        Output("peak_rps", "Requests at the peak", "requests/s", "daily_users * requests_per_user * peak_factor / 86400"),
        Output("peak_read_rps", "Reads at the peak", "reads/s", "peak_rps * (1 - write_share)"),
        Output("peak_write_rps", "Writes at the peak", "writes/s", "peak_rps * write_share"),
        Output("in_flight", "Requests inside at once", "", "peak_rps * latency_s", help="Little's law."),
        Output("servers", "Servers that carry the peak", "", "round_up(peak_rps / (server_rps * utilization))"),
        Output("first_year_pb", "Data of the first year", "PB", "daily_users * user_kb_per_day * 365 / 10 ** 12"),
        Output(
            "years_factor", "All years against the first", "times",
            "((1 + growth) ** years - 1) / growth if growth > 0 else years",
            help="Each year's volume added: 1 + g + g² + …, g = 1 + growth.",
        ),
        Output("stored_pb", "Data of all years, one copy", "PB", "first_year_pb * years_factor", term="data"),
        Output("copied_pb", "With its copies", "PB", "stored_pb * copies", term="data with copies"),
        Output(
            "last_year_pb", "Every year taken as large as the last", "PB", "first_year_pb * years * (1 + growth) ** years",
            help="The usual code multiplies all years by the growth of n years.", mistake=True,
        ),
        Output("peak_mbps", "Traffic out at the peak", "Mbit/s", "peak_rps * response_kb * 8 / 1000", term="peak traffic"),
        Output(
            "kib_mbps", "The same if KB means KiB, 1,024 bytes", "Mbit/s", "peak_rps * response_kb * 1024 * 8 / 10 ** 6",
            help="Bytes may be counted so; the bits of a network never are.", term="peak traffic",
        ),
        Output(
            "binary_mbps", "The same, divided by 1,024 in place of 1,000", "Mbit/s", "peak_rps * response_kb * 8 / 1024",
            help="Networks count in thousands: a megabit is 1,000,000 bits.", mistake=True,
        ),
    ),
    assumes=(
        "A day has 86,400 s; KB and PB are decimal. Traffic is payload alone: no headers, TLS, retries, replication, and no "
        "CDN in front. Storage counts neither indexes nor compression nor deletion."
    ),
    source="Arithmetic; geometric series; Little's law",
    covers=(
        "scalability-calculator", "formula-peak-rps", "formula-storage", "formula-bandwidth", "fix-bandwidth-base",
        "fix-peak-factor", "social-platform-load", "social-platform",
    ),
)  # fmt: skip
STORAGE = Calculator(
    name="storage-growth",
    title="How much is stored after n years?",
    inputs=(
        Input("daily_writes", "Things written a day, first year", "", 500_000_000, 1, 1_000_000_000_000, 1),
        Input("item_kb", "Size of one", "KB", 100, 0.001, 100_000_000, 0.001),
        Input("growth", "Growth a year, as a share", "", 0.2, 0, 5, 0.01),
        Input("years", "Years kept", "", 5, 1, 50, 1),
        Input("index_share", "Indexes, as a share of the data", "", 0.2, 0, 5, 0.01),
        Input("compression", "Compression, times smaller", "", 1, 1, 20, 0.1),
        Input("copies", "Copies of everything", "", 3, 1, 20, 1),
    ),
    outputs=(
        Output("daily_tb", "A day adds", "TB", "daily_writes * item_kb / 10 ** 9", term="a day"),
        Output("first_year_pb", "The first year adds", "PB", "daily_tb * 365 / 1000"),
        Output(
            "years_factor", "All years against the first", "times",
            "((1 + growth) ** years - 1) / growth if growth > 0 else years", 4,
        ),
        Output("data_pb", "Data of all years", "PB", "first_year_pb * years_factor", 4),
        Output(
            "disk_pb", "On disk: with indexes, compressed, copied", "PB", "data_pb * (1 + index_share) / compression * copies",
            4, term="on disk",
        ),
        Output("disk_pib", "The same in binary units", "PiB", "disk_pb * 1000 ** 5 / 1024 ** 5", 4, term="on disk"),
        Output(
            "grown_at_once_pb", "Data, if the first year has grown already", "PB", "data_pb * (1 + growth)", 4,
            help="Say which year the figure you were given is from.", term="data grown at once",
        ),
        Output(
            "last_year_pb", "Every year taken as large as after all growth", "PB",
            "first_year_pb * years * (1 + growth) ** years", 4,
            help="The usual slip: n years, each at the n-th power of the growth.", mistake=True,
        ),
        Output("overstated", "That slip overstates the data by", "times", "last_year_pb / data_pb"),
    ),
    assumes="Growth comes in steps, year by year; nothing is deleted; KB, TB and PB are decimal, PiB is 2⁵⁰ bytes.",
    source="Geometric series: 1 + g + … + gⁿ⁻¹ = (gⁿ − 1) / (g − 1)",
    covers=("formula-growth-sum", "fix-growth-factor", "fix-storage-units", "formula-storage"),
)  # fmt: skip
TAIL = Calculator(
    name="tail-at-fanout",
    title="How many pages meet a slow call?",
    inputs=(
        Input("calls", "Calls that a page needs, all of them", "", 20, 1, 10_000, 1),
        Input("percentile", "Percentile of one call you look at", "", 95, 1, 99.9999, 0.01),
        Input("fast_ms", "A call within the percentile takes", "ms", 20, 0.01, 100_000, 0.01, term="fast call"),
        Input("slow_ms", "A call beyond it takes", "ms", 500, 0.01, 1_000_000, 0.01, term="slow call"),
        Input("page_percentile", "Percentile that you promise for the page", "", 95, 1, 99.99, 0.01),
    ),
    outputs=(
        Output("slow_share", "Calls that are slow", "%", "100 - percentile"),
        Output("slow_pages", "Pages that meet a slow call", "%", "100 * (1 - (1 - slow_share / 100) ** calls)"),
        Output("half_calls", "Calls until half of all pages do", "", "round_up(log(0.5) / log(percentile / 100))"),
        Output(
            "needed_percentile", "Percentile of a call that keeps the page's promise", "",
            "100 * (page_percentile / 100) ** (1 / calls)", 5,
        ),
        Output(
            "mean_page_ms", "Mean of the page, calls side by side", "ms", "fast_ms + (slow_ms - fast_ms) * slow_pages / 100",
        ),
        Output(
            "mean_call_ms", "Mean of one call", "ms", "fast_ms + (slow_ms - fast_ms) * slow_share / 100",
            help="A target for the mean of a call says nothing of what pages meet.", mistake=True,
        ),
    ),
    assumes=(
        "Calls are slow independently of each other, run side by side, and take one of two times. A page waits for the "
        "slowest."
    ),
    source="J. Dean, L. A. Barroso, “The Tail at Scale”, Communications of the ACM 56 (2013)",
    covers=("formula-tail-at-fanout", "fix-average-latency-target"),
)  # fmt: skip
CALCULATORS = (COST, RIGHT_SIZE, SIZING, STORAGE, TAIL)
