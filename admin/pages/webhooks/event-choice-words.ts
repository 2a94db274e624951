/** The event categories as people choose them, in the words of the help text. */
import type { Webhook } from '../../api/answers.ts';
import { eventTypes } from '../../parts/event-words.ts';

export type ChosenType = Exclude<Webhook['events'], 'all'>[number];

export const categories: readonly { name: string; types: readonly ChosenType[] }[] = [
  { name: 'Guides', types: ['guideDisplayed'] },
  { name: 'Track Events', types: ['trackEventReceived'] },
  { name: 'NPS', types: ['npsDisplayed', 'npsSubmitted'] },
  { name: 'Polls', types: ['pollDisplayed', 'pollSubmitted'] },
  { name: 'Visitors', types: ['visitorCreated'] },
  { name: 'Accounts', types: ['accountCreated'] },
  { name: 'Pages', types: ['pageLoaded'] },
  { name: 'Features', types: ['featureClicked'] },
];

/** Apart from the others: "all" never means it. */
export const adminEvents = {
  name: 'Admin events',
  types: ['adminEvent'],
  description:
    'Archiving admin events for auditing and compliance: each entry of the audit log, with names and addresses of those who work here. They are never part of "All event categories".',
} as const satisfies { name: string; types: readonly ChosenType[]; description: string };

/** "All event categories", "Guides, NPS", "NPS submitted": categories where a whole one is chosen, else the types. */
export function chosenWords(events: Webhook['events']): string {
  if (events === 'all') return 'All event categories';
  const words = [...categories, adminEvents].flatMap(({ name, types }) => {
    const chosen = types.filter((type: ChosenType) => events.includes(type));
    if (chosen.length === types.length) return [name];
    return chosen.map((type) => eventTypes[type]);
  });
  return words.join(', ');
}
