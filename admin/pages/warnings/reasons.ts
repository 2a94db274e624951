/** What the reasons of warnings are called. One that is new is shown as the API says it. */
const names: Readonly<Record<string, string>> = {
  missing_id: 'No visitor can be told',
  invalid_id: 'An id that cannot be one',
  invalid_field: 'A field that cannot be taken',
  event_too_large: 'The event is too large',
  too_many_events: 'Too many events at once',
  invalid_body: 'The body cannot be read',
  named_merge: 'Two named visitors cannot become one',
  track_off: 'Track Events are switched off for the app',
  unknown_key: 'No app has this key',
};

export function reasonName(reason: string): string {
  return names[reason] ?? reason;
}
