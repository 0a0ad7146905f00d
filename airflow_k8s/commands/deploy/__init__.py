"""The commands `up`, `down` and `status`: a stack deployed, destroyed and inspected.

- `preflight` checks everything first: `pulumi_cli` runs Pulumi, `pulumi_state` and `pulumi_locks`
  read its documents, `target` is the cluster that the stack names, `prerequisites` what it must
  have, `helm_history` and `recovery` what an update that was killed left.
- `watch` reports troubles while Helm waits, `health` waits for Airflow.
- `status_model` is what `status` finds out; `status_view` and `as_json` print it.
"""
