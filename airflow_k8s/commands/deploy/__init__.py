"""A stack deployed, looked at and taken down by one command each.

- What is asked first, by `checks`: `pulumi_cli` runs Pulumi, `state` reads what it says, `target`
  is the cluster that the stack names, `prerequisites` what it must have, `pending` what an update
  left that was killed.
- `up`, `down` and `status` are the commands; `watch` tells troubles while Helm waits, `health`
  waits for Airflow, `seen` is what a status sees, `shown` and `as_json` show it.
"""
