"""`rehearse`: brings a stack up on a real Kubernetes control plane whose nodes are simulated.

The simulated cluster:
- `inventory` describes it, `embedded` starts its control plane, `bootstrap` creates its contents.
- `simulator` does the work of kubelets (`kubelet`: why a pod can't start), of a volume provisioner,
  and of operators (`operators`). KWOK does the rest (`stages.yaml`).

The simulation of Pulumi and Helm:
- `engine` receives what the program registers: `resource_manifest` makes the manifest, `applying`
  applies it, `waiting` waits until it is ready, `outcome` is the result.
- `installation` installs releases with helm (`release`) and their charts (`charts`).
- `prune` deletes what the program no longer registers, `cleanup` deletes a stack.
- `annotations` are the labels and annotations on all objects, `live_objects` finds the objects.

The rehearsal:
- `run` runs all phases. `dag_trial` tries the DAGs' task pods (`tasks`, `task_trial`),
  `policy_check` checks the policies, `progress` records the steps.

The report:
- `report` is its model. `report_builder`, `changes`, `troubles` and `hints` fill it.
- `summary` has the texts that all views share. The views are `terminal` and `live_view` (`styles`),
  `html_report` (`html_view`, `node_chart`, `templates/`) and `as_json`.
"""
