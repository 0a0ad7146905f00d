"""A stack brought up on a real Kubernetes control plane whose nodes are simulated.

- The cluster: `inventory` says what it has, `embedded` starts it, `furnish` fits it out, `cluster`
  talks to it, `observer` looks at it, `world` is what it saw.
- What is played on it: `player` the kubelets (`life`: what a pod waits for) and the provisioner,
  `operators` those; KWOK the rest (`stages.yaml`).
- Pulumi's part: `provider` makes what the program registers, with `readiness`, `replacement`,
  `release`, `prune` and `marks`.
- A rehearsal: `rehearse` from beginning to end, with `revision`, `tasks` and `trial`.
- What it tells: `trouble`, `settings_behind`, `holdings` and `survey` find out, `report` holds it,
  `journal` while it goes on; `terminal`, `page` (`markup`, `picture`) and `as_json` show it.
"""
