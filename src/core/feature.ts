/** Features: what people call a part of a product, and the rule by which a click is one on it. */
import { type ClickRule, compileClickRule } from './click-rule.ts';
import type { ClickedElement } from './clicked-element.ts';

export interface Feature {
  id: string;
  /** Null: it is in all apps. */
  appId: number | null;
  name: string;
  /** A CSS selector: see click-rule.ts. */
  rule: string;
  createdAt: number;
  changedAt: number;
}

/** What every new app has, so that clicks get through without anybody having tagged anything. */
export const anyClick = { name: 'Any click', rule: '*' } as const;

export type FeatureFinder = (appId: number, elements: readonly ClickedElement[]) => Feature | null;

interface Choice {
  feature: Feature;
  rule: ClickRule;
}

/**
 * Prepares features once, the oldest first, for finding the one that a click is on: of all that match the one whose rule is
 * the most specific, and of those the oldest. So "Any click" stands back behind every other one.
 */
export function featureFinder(features: readonly Feature[]): FeatureFinder {
  const choices: Choice[] = features.flatMap((feature) => {
    const compiled = compileClickRule(feature.rule);
    return compiled.ok ? compiled.rules.map((rule) => ({ feature, rule })) : [];
  });
  choices.sort((a, b) => b.rule.specificity - a.rule.specificity);
  const everywhere = choices.filter(({ feature }) => feature.appId === null);
  const byApp = new Map<number, Choice[]>();
  for (const { appId } of features) {
    if (appId === null || byApp.has(appId)) continue;
    byApp.set(
      appId,
      choices.filter(({ feature }) => feature.appId === null || feature.appId === appId),
    );
  }
  return (appId, elements) => {
    const found = (byApp.get(appId) ?? everywhere).find(({ rule }) => rule.matches(elements));
    return found?.feature ?? null;
  };
}
