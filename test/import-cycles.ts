/** What each node points to. Nodes that only occur as targets point to nothing. */
export type Graph = ReadonlyMap<string, readonly string[]>;

/**
 * The circles of a graph: its strongly connected components of more than one node, and nodes that point to themselves
 * (Tarjan's algorithm, with a stack of its own since files can lie deep).
 */
export function cyclesOf(graph: Graph): string[][] {
  const cycles: string[][] = [];
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const component: string[] = [];
  const open = new Set<string>();

  const enter = (node: string) => {
    order.set(node, order.size);
    lowest.set(node, order.get(node)!);
    component.push(node);
    open.add(node);
    return { node, targets: [...(graph.get(node) ?? [])] };
  };
  const lower = (node: string, value: number) => lowest.set(node, Math.min(lowest.get(node)!, value));

  for (const start of graph.keys()) {
    if (order.has(start)) continue;
    const path = [enter(start)];
    for (let step = path.at(-1); step !== undefined; step = path.at(-1)) {
      const target = step.targets.pop();
      if (target !== undefined) {
        if (!order.has(target)) path.push(enter(target));
        else if (open.has(target)) lower(step.node, order.get(target)!);
        continue;
      }
      path.pop();
      const parent = path.at(-1);
      if (parent !== undefined) lower(parent.node, lowest.get(step.node)!);
      if (lowest.get(step.node) !== order.get(step.node)) continue;
      const members = component.splice(component.indexOf(step.node));
      for (const member of members) open.delete(member);
      if (members.length > 1 || graph.get(step.node)?.includes(step.node) === true) cycles.push(members);
    }
  }
  return cycles;
}
