"""The site's own content as files: parsed, checked, loaded three ways, written back out.

`source` says where a mistake is, `yaml_source` reads YAML with line numbers, `kinds` is the registry to which each kind of
file is added, `load` and `export` move content between files and rows, `coverage` reads what the files carry.
"""
