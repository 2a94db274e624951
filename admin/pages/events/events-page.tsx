/** What comes in, as it comes. */
import { Anchor } from '@mantine/core';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Empty, PageHead } from '../../parts/page.tsx';
import { EventList } from './event-list.tsx';

const route = getRouteApi('/signed-in/events');

export function EventsPage() {
  const filter = route.useSearch();
  const navigate = route.useNavigate();
  const isNarrow = Object.keys(filter).length > 0;
  return (
    <>
      <PageHead title="Events">What visitors did, as it comes in. Open one to see where it went, and why.</PageHead>
      <EventList
        filter={filter}
        choose={(changes) => void navigate({ search: (now) => ({ ...now, ...changes }), replace: true })}
        empty={
          isNarrow ? (
            <Empty title="No event fits">Take a filter away to see more.</Empty>
          ) : (
            <Empty title="Nothing has come in yet">
              <Anchor renderRoot={(props) => <Link to="/settings/integrations/sources" {...props} />}>
                Connect a source
              </Anchor>
              , and its events stand here a moment after they happen.
            </Empty>
          )
        }
      />
    </>
  );
}
