/** The features as they are now, prepared anew when one of them has been changed and not for whatever else is. */
import { type FeatureFinder, featureFinder } from '../core/feature.ts';
import type { Directory } from '../ledger/ledger.ts';

export function createFeaturesInForce(directory: () => Pick<Directory, 'features'>): FeatureFinder {
  let known: Pick<Directory, 'features'> | null = null;
  let text = '';
  let find = featureFinder([]);
  return (appId, elements) => {
    const current = directory();
    if (current !== known) {
      known = current;
      const now = JSON.stringify(current.features);
      if (now !== text) find = featureFinder(current.features);
      text = now;
    }
    return find(appId, elements);
  };
}
