/** What PostgreSQL did for a query, as `explain (analyze, format json)` tells it. */
interface Step {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Join Filter'?: number;
  Plans?: Step[];
}

export interface QueryPlan {
  /** The most rows that one of its steps has read. */
  rowCount: number;
  /** Tables that were read from their start to their end, and are no small ones. */
  scanned: string[];
  /** To be shown when a test fails. */
  steps: string;
}

/** Of the rows that `explain` answers. */
export function queryPlan(rows: readonly Record<string, unknown>[]): QueryPlan {
  const [explained] = (rows[0]?.['QUERY PLAN'] ?? []) as { Plan: Step }[];
  if (explained === undefined) throw new Error('The database explained nothing.');
  const steps: string[] = [];
  const plan: QueryPlan = { rowCount: 0, scanned: [], steps: '' };
  const walk = (step: Step, depth: number): void => {
    const removed = (step['Rows Removed by Filter'] ?? 0) + (step['Rows Removed by Join Filter'] ?? 0);
    const read = (step['Actual Rows'] + removed) * step['Actual Loops'];
    plan.rowCount = Math.max(plan.rowCount, read);
    if (step['Node Type'] === 'Seq Scan' && read > 1000) plan.scanned.push(step['Relation Name'] ?? '');
    const name = step['Index Name'] ?? step['Relation Name'] ?? '';
    if (read > 0) steps.push(`${' '.repeat(depth)}${step['Node Type']} ${name} ${read}`);
    for (const child of step.Plans ?? []) walk(child, depth + 1);
  };
  walk(explained.Plan, 0);
  return { ...plan, steps: steps.join('\n') };
}
