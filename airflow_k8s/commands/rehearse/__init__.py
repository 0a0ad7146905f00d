"""`rehearse`: brings a stack up on a real Kubernetes control plane whose nodes are simulated.

- The cluster: `inventory` describes it, `embedded` starts its control plane, `bootstrap` creates
  its nodes, storage classes and operators, `cleanup` deletes a stack from it.
- The simulation: `simulator` does the work of kubelets (`kubelet`: why a pod can't start), of the
  volume provisioner and of operators (`operators`); KWOK does the rest (`stages.yaml`).
- Pulumi's part: `engine` applies what the program registers; `release`, `prune` and `annotations`.
- The rehearsal: `run` from beginning to end, with `tasks`, `task_trial` and `policy_check`.
- The report: `report` is its model; `report_builder`, `holdings` and `hints` fill it, `progress`
  records steps while they run; `terminal`, `html_report` and `as_json` show it.
"""
