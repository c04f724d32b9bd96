"""Markdown with blocks, made into HTML that is safe to show.

`scan` finds blocks and takes them out, `markdown_html` converts what is left and sanitises it, `blocks` holds the registry
and the rules of each block, `document` puts the page together. Nothing here reads or writes the database.
"""
