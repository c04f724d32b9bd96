"""Calculators of the module on data: writes, quorums, caches."""

from courses.calculators.engine import Calculator, Input, Output

WRITES = Calculator(
    name="write-amplification",
    title="What does one write really write?",
    inputs=(
        Input("write_rps", "Rows written", "rows/s", 1000, 0.01, 10_000_000, 0.01),
        Input("row_bytes", "Size of a row", "bytes", 500, 1, 10_000_000, 1),
        Input("indexes", "Indexes beside the row", "", 4, 0, 100, 1),
        Input("entry_bytes", "Size of an index entry", "bytes", 40, 1, 10_000, 1),
        Input("followers", "Replicas beside the leader", "", 2, 0, 50, 1),
        Input("page_bytes", "B-tree: size of a page", "bytes", 8192, 512, 65_536, 512),
        Input("changes_per_page", "B-tree: changes a page collects before it is written", "", 10, 1, 10_000, 0.1),
        Input("levels", "LSM tree: levels below the first", "", 4, 0, 10, 1),
        Input("size_ratio", "LSM tree: a level is larger than the one above by", "times", 10, 2, 100, 1),
    ),
    outputs=(
        Output("records", "Places that change: the row and its index entries", "", "1 + indexes"),
        Output("entries_bytes", "Bytes of these", "bytes", "row_bytes + indexes * entry_bytes", term="bytes changed"),
        Output(
            "btree_bytes", "B-tree: log, then pages", "bytes", "entries_bytes + records * page_bytes / changes_per_page",
            term="B-tree bytes",
        ),
        Output("btree_factor", "B-tree: a byte of a row is written", "times", "btree_bytes / row_bytes", term="B-tree factor"),
        Output(
            "lsm_bytes", "LSM tree: log, flush, then compaction at worst", "bytes", "entries_bytes * (2 + levels * size_ratio)",
            help="In the worst case levelled compaction rewrites the size ratio at each level; measured trees do less.",
            term="LSM bytes",
        ),
        Output(
            "lsm_factor", "LSM tree: a byte of a row is written, at worst", "times", "lsm_bytes / row_bytes", term="LSM factor",
        ),
        Output("copies", "Nodes that do all of this", "", "1 + followers"),
        Output(
            "fleet_mb_per_s", "All disks together, B-tree", "MB/s", "write_rps * btree_bytes * copies / 1000000",
            term="B-tree disks",
        ),
        Output(
            "lsm_fleet_mb_per_s", "All disks together, LSM tree, at worst", "MB/s", "write_rps * lsm_bytes * copies / 1000000",
            term="LSM disks",
        ),
        Output(
            "network_mb_per_s", "Log that the leader sends", "MB/s", "write_rps * entries_bytes * followers / 1000000",
            term="log sent",
        ),
        Output(
            "payload_mb_per_s", "The rows alone", "MB/s", "write_rps * row_bytes / 1000000",
            help="A disk that is chosen by this is too small by the factor above.", mistake=True, term="rows alone",
        ),
    ),
    assumes=(
        "Every write touches every index; the log holds what changed; followers do the leader's work again. Full-page images "
        "in the log, vacuum and the drive's own rewriting come on top."
    ),
    source=(
        "P. O'Neil et al., “The log-structured merge-tree”, 1996; H. Lim et al. on multi-stage log-structured designs, FAST "
        "2016"
    ),
    covers=("missing-write-amplification", "sharding-replication-choice"),
)  # fmt: skip
QUORUM = Calculator(
    name="quorum",
    title="How many must answer?",
    inputs=(
        Input("nodes", "Copies of the data (N)", "", 3, 1, 100, 1, term="N"),
        Input("read_quorum", "Copies that a read asks (R)", "", 2, 1, 100, 1, term="R"),
        Input("write_quorum", "Copies that confirm a write (W)", "", 2, 1, 100, 1, term="W"),
        Input("node_availability_percent", "Availability of one copy", "%", 99.9, 1, 99.9999, 0.0001),
    ),
    outputs=(
        Output(
            "overlap", "Copies that every read shares with every write, at least", "",
            "max(0, read_quorum + write_quorum - nodes) if max(read_quorum, write_quorum) <= nodes else None",
        ),
        Output(
            "reads_meet_writes", "Does R + W exceed N?", "", "read_quorum + write_quorum > nodes",
            words=("no: a read may miss the newest write", "yes: each read meets a copy with the newest write"),
        ),
        Output(
            "writes_meet_writes", "Does 2 W exceed N?", "", "2 * write_quorum > nodes",
            words=("no: two writes may both succeed unseen by each other", "yes: two writes meet at some copy"),
        ),
        Output(
            "miss_share", "Reads that ask only stale copies, if spreading stopped at W", "%",
            "100 * choose(nodes - write_quorum, read_quorum) / choose(nodes, read_quorum)",
        ),
        Output(
            "read_losses", "Copies that may be away while reads work", "",
            "nodes - read_quorum if read_quorum <= nodes else None",
        ),
        Output(
            "write_losses", "Copies that may be away while writes work", "",
            "nodes - write_quorum if write_quorum <= nodes else None",
        ),
        Output(
            "read_availability_percent", "Reads find enough copies", "%",
            "100 * binomial_tail(nodes, read_quorum, node_availability_percent / 100)", 12,
        ),
        Output(
            "read_outage_s", "Reads find too few copies, in a year", "s",
            "binomial_tail(nodes, nodes - read_quorum + 1, 1 - node_availability_percent / 100) * 31536000",
            help="Too few answer when N − R + 1 copies or more are away. A year is 365 days.",
        ),
        Output(
            "write_availability_percent", "Writes find enough copies", "%",
            "100 * binomial_tail(nodes, write_quorum, node_availability_percent / 100)", 12,
        ),
        Output(
            "write_outage_s", "Writes find too few copies, in a year", "s",
            "binomial_tail(nodes, nodes - write_quorum + 1, 1 - node_availability_percent / 100) * 31536000",
        ),
    ),
    assumes=(
        "Copies fail independently; reads ask copies at random. Overlap alone is not linearizable: a write under way, a failed "
        "write, or a sloppy quorum on stand-in nodes can still show old or passing values."
    ),
    source=(
        "D. K. Gifford, “Weighted voting for replicated data”, 1979; P. Bailis et al., “Probabilistically bounded staleness”, "
        "2012"
    ),
    covers=("formula-quorum",),
)  # fmt: skip
CACHE_LOAD = Calculator(
    name="cache-load",
    title="What does the database still get?",
    inputs=(
        Input("read_rps", "Reads", "reads/s", 10_000, 0.01, 100_000_000, 0.01),
        Input("write_rps", "Writes", "writes/s", 500, 0, 100_000_000, 0.01),
        Input("cacheable_share", "Share of reads that may be cached", "", 0.9, 0, 1, 0.01),
        Input("hit_ratio", "Hit ratio of those", "", 0.9, 0, 1, 0.001),
        Input("worse_hit_ratio", "Hit ratio on a bad day", "", 0.8, 0, 1, 0.001),
        Input("database_rps", "The database can do", "calls/s", 6000, 0.01, 100_000_000, 0.01),
        Input("hot_key_rps", "Reads of the hottest key", "reads/s", 300, 0, 10_000_000, 0.01, term="hot key rate"),
        Input("load_s", "Loading it takes", "s", 0.1, 0, 600, 0.001, term="load time"),
    ),
    outputs=(
        Output("misses_rps", "Misses", "reads/s", "read_rps * cacheable_share * (1 - hit_ratio)", term="misses"),
        Output(
            "database_reads_rps", "Reads that reach the database", "reads/s", "misses_rps + read_rps * (1 - cacheable_share)",
            term="database reads",
        ),
        Output(
            "less_percent", "Less load for the database, writes counted", "%",
            "100 * (1 - (database_reads_rps + write_rps) / (read_rps + write_rps))", term="less load",
        ),
        Output(
            "claimed_percent", "The hit ratio read as “less load”", "%", "100 * hit_ratio",
            help="It forgets writes and all that may not be cached.", mistake=True, term="claimed",
        ),
        Output(
            "worse_misses_rps", "Misses on the bad day", "reads/s", "read_rps * cacheable_share * (1 - worse_hit_ratio)",
            term="worse misses",
        ),
        Output(
            "miss_factor", "That is so many times the misses", "times", "worse_misses_rps / misses_rps",
            help="From 0.9 to 0.8 sounds like a tenth and is twice.",
        ),
        Output("cold_share", "Load of the database when the cache is lost", "%", "100 * (read_rps + write_rps) / database_rps"),
        Output(
            "survives", "Does the database survive that?", "", "cold_share <= 100",
            words=("no: the cache is part of its capacity", "yes"),
        ),
        Output(
            "stampede", "Loads at once when the hottest key expires", "", "hot_key_rps * load_s",
            help="Single flight makes it 1.",
        ),
    ),
    assumes="Steady state, hit ratio of the cacheable reads. Nothing here says how long a cold cache takes to warm.",
    source="Arithmetic: what is left is 1 − hit ratio; Little's law for the stampede",
    covers=("cache-offload-claim", "formula-cache-load", "fix-cache-claim"),
)  # fmt: skip
CACHE_SIZE = Calculator(
    name="cache-size",
    title="How large must the cache be?",
    inputs=(
        Input("keys", "Different things that are asked for", "", 10_000_000, 1, 10_000_000_000, 1),
        Input("zipf_s", "Skew of their popularity (Zipf's exponent s)", "", 0.9, 0, 3, 0.01, term="s"),
        Input("item_kb", "Size of one", "KB", 2, 0.001, 1_000_000, 0.001),
        Input("overhead_bytes", "The cache's own bytes an entry", "bytes", 80, 0, 10_000, 1, term="overhead"),
        Input("memory_gb", "Memory of the cache", "GB", 4, 0.001, 1_000_000, 0.001),
        Input("read_rps", "Reads", "reads/s", 20_000, 0.01, 100_000_000, 0.01),
        Input("edge_hit_ratio", "Share that a layer in front answers", "", 0.5, 0, 1, 0.01),
    ),
    outputs=(
        Output("fitting", "Entries that fit", "", "round_down(memory_gb * 10 ** 9 / (item_kb * 1000 + overhead_bytes))"),
        Output("cached", "Things in the cache", "", "min(keys, fitting)"),
        Output("cached_share", "Share of all things", "%", "100 * cached / keys"),
        Output(
            "hit_percent", "Hit ratio, at best", "%", "100 * (harmonic(cached, zipf_s) / harmonic(keys, zipf_s))",
            help="The most popular ones are always in. An LRU gets less.", term="hits",
        ),
        Output(
            "double_hit_percent", "Hit ratio with twice the memory", "%",
            "100 * (harmonic(min(keys, 2 * cached), zipf_s) / harmonic(keys, zipf_s))", term="hits then",
        ),
        Output(
            "all_gb", "Memory for everything", "GB", "keys * (item_kb * 1000 + overhead_bytes) / 10 ** 9",
            term="memory for all",
        ),
        Output(
            "database_rps", "Reads left for the database", "reads/s",
            "read_rps * (1 - edge_hit_ratio) * (1 - hit_percent / 100)", term="database reads",
        ),
        Output(
            "both_percent", "Answered before the database by both layers", "%",
            "100 * (1 - (1 - edge_hit_ratio) * (1 - hit_percent / 100))", term="answered",
        ),
    ),
    assumes=(
        "H(n, s) = 1 + 1/2ˢ + … + 1/nˢ. Requests are independent, the k-th most popular is asked for in proportion to 1/kˢ, "
        "and the cache holds the most popular ones: an upper bound for LRU, which the cache's lab measures. What a layer in "
        "front answers is taken evenly from all things; it skims the popular ones in truth, so the layer behind hits less."
    ),
    source="L. Breslau et al., “Web caching and Zipf-like distributions”, 1999",
    covers=("multilayer-cache",),
)  # fmt: skip
CALCULATORS = (WRITES, QUORUM, CACHE_LOAD, CACHE_SIZE)
