"""Calculators of the cases."""

from courses.calculators.engine import Calculator, Input, Output

BOTTLENECK = Calculator(
    name="bottleneck",
    title="What is left when the hot part is moved out?",
    inputs=(
        Input("limit", "The old system breaks at", "times normal", 5, 0.1, 1000, 0.1),
        Input("peak", "The peak you expect", "times normal", 20, 0.1, 1000, 0.1),
        Input("goal", "The capacity that is claimed", "times normal", 50, 0.1, 1000, 0.1),
        Input("moved_share", "Share of requests that you move out", "", 0.8, 0, 1, 0.01),
        Input("moved_cost_share", "Share of the old system's cost that they are", "", 0.6, 0, 1, 0.01),
    ),
    outputs=(
        Output("left_share", "Share that stays", "", "1 - moved_share"),
        Output("left_at_peak", "On the old system at the peak", "times normal", "peak * left_share"),
        Output("holds", "Does it hold there?", "", "left_at_peak < limit", words=("no", "yes")),
        Output("left_at_goal", "On the old system at the claimed capacity", "times normal", "goal * left_share"),
        Output(
            "breaks_at", "The rest breaks at a total of", "times normal", "limit / left_share if left_share > 0 else None",
            help="The whole cannot take more than this, however well the new part scales.",
        ),
        Output(
            "breaks_by_cost", "The same, counted by cost", "times normal",
            "limit / (1 - moved_cost_share) if moved_cost_share < 1 else None",
            help="A request that is left may be dearer than one that is gone.",
        ),
        Output("headroom", "Headroom: claimed capacity against the peak", "times", "goal / peak"),
        Output(
            "old_ratio", "“Headroom”: claimed capacity against the old limit", "times", "goal / limit",
            help="A ratio to the past, no headroom.", mistake=True,
        ),
        Output(
            "real_headroom", "Headroom that the rest allows", "times",
            "min(goal, breaks_at) / peak if left_share > 0 else goal / peak",
        ),
    ),
    assumes="Load is spread as now at every multiple, cost grows in proportion to requests, and the old system has one limit.",
    source="Bottleneck law: P. J. Denning, J. P. Buzen, “The Operational Analysis of Queueing Network Models”, 1978",
    covers=("fix-bf-headroom", "fix-bf-remaining-share"),
)  # fmt: skip
FAN_OUT = Calculator(
    name="fan-out",
    title="Push this author's posts, or pull them?",
    inputs=(
        Input("followers", "Followers of the author", "", 10_000, 1, 1_000_000_000, 1),
        Input("active_share", "Share of them active on a day", "", 0.1, 0.0001, 1, 0.001),
        Input("posts_per_day", "Posts of the author a day", "1/day", 2, 0.001, 100_000, 0.001),
        Input("reads_per_day", "Times an active follower opens the feed a day", "1/day", 10, 0.001, 10_000, 0.001),
        Input("lookup_cost", "Cost of one lookup, in pushes", "", 0.5, 0.0001, 1000, 0.001),
        Input("push_rps", "Pushes that the workers do for one post", "1/s", 5000, 0.01, 100_000_000, 0.01),
        Input("fresh_s", "A post must be in all feeds within", "s", 5, 0.01, 86_400, 0.01, term="freshness"),
        Input("pulled_authors", "Pulled authors that a reader follows", "", 5, 0, 10_000, 0.1),
        Input("daily_users", "Readers active on a day", "", 10_000_000, 1, 10_000_000_000, 1),
        Input("back_share", "Back to push below, as a share of the threshold", "", 0.8, 0.01, 1, 0.01),
    ),
    outputs=(
        Output("active_followers", "Active followers", "", "followers * active_share"),
        Output("push_cost", "Push to the active: writes a day", "pushes", "posts_per_day * active_followers"),
        Output("push_all_cost", "Push to all: writes a day", "pushes", "posts_per_day * followers"),
        Output("pull_cost", "Pull: lookups a day, at their cost", "pushes", "active_followers * reads_per_day * lookup_cost"),
        Output("cheaper", "Cheaper, with pushes to the active", "", "push_cost > pull_cost", words=("push", "pull")),
        Output("cheaper_all", "Cheaper, with pushes to all", "", "push_all_cost > pull_cost", words=("push", "pull")),
        Output(
            "equal_posts", "Equal at so many posts a day (to the active)", "1/day", "reads_per_day * lookup_cost",
            help="Followers cancel out: the cost alone gives no number of followers.",
        ),
        Output(
            "equal_all_posts", "Equal at so many posts a day (to all)", "1/day", "active_share * reads_per_day * lookup_cost",
        ),
        Output("push_s", "A post has reached all active feeds after", "s", "active_followers / push_rps"),
        Output(
            "threshold", "Followers up to which a post is fresh enough", "", "fresh_s * push_rps / active_share",
            help="This is where a threshold of followers comes from: one post must not hold up the queue.",
        ),
        Output(
            "back_below", "Back to push below", "", "threshold * back_share",
            help="A gap keeps authors at the edge from switching to and fro.",
        ),
        Output(
            "read_lookups", "Lookups to build one feed", "", "1 + pulled_authors",
            help="The reader's own list, and each pulled author's newest posts, merged and without doubles.",
        ),
        Output(
            "pull_rps", "Lookups of all readers for pulled authors", "1/s",
            "daily_users * reads_per_day * pulled_authors / 86400",
        ),
    ),
    assumes=(
        "Costs per push and per lookup do not depend on the author; posts come one by one. A celebrity's cached list makes a "
        "lookup cheap, a cold one dear."
    ),
    source="Arithmetic: push = posts × active followers, pull = feed reads × pulled authors that are followed",
    covers=("formula-fanout-cost", "feed-hybrid-fanout", "fix-feed-threshold-edge"),
)  # fmt: skip
CALCULATORS = (BOTTLENECK, FAN_OUT)
