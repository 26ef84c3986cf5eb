"""The room of copies of everything: taken while the portal works, put back into an empty database of either kind.

A copy is one ZIP file: a member `tables/<name>.jsonl` per table, a line per row in the order of its key, and
`manifest.json` with the version of the schema and, of each table, how many rows it had and the SHA-256 of its member.
It holds sealed secrets as they are sealed: without `CREDENTIAL_KEYS` nobody can open them.
"""
