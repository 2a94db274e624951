/** One visitor: what is known, what they did, and whether that is recorded and sent. */
import { Anchor, Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Visitor } from '../../api/answers.ts';
import { queries } from '../../api/queries.ts';
import { ask, at as path } from '../../api/request.ts';
import { useIsAdmin } from '../../api/session.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { notify } from '../../parts/notices.tsx';
import { Asked, PageHead } from '../../parts/page.tsx';
import { State } from '../../parts/state.tsx';
import { ExcludeButton } from './exclude-button.tsx';
import { Known } from './known.tsx';

const route = getRouteApi('/signed-in/visitors/$id');

export function VisitorPage() {
  const { id } = route.useParams();
  const visitor = useQuery({
    queryKey: ['visitor', id],
    queryFn: () => ask<Visitor>('GET', path('/visitors', id)),
    refetchInterval: 10_000,
  });
  return (
    <Asked query={visitor} what="The visitor" title={id}>
      {(data) => <Shown visitor={data} />}
    </Asked>
  );
}

function Shown({ visitor }: { visitor: Visitor }) {
  const isAdmin = useIsAdmin();
  const { id, accountId, anonymous, doNotProcess, formerIds } = visitor;
  return (
    <>
      <PageHead
        title={id}
        above={<Anchor renderRoot={(props) => <Link to="/visitors" {...props} />}>Visitors</Anchor>}
        beside={
          doNotProcess ? (
            <State tone="off">not processed</State>
          ) : anonymous ? (
            <State tone="off">anonymous</State>
          ) : undefined
        }
        actions={
          isAdmin ? (
            <>
              <ExcludeButton kind="visitor" id={id} />
              <ProcessButton visitor={visitor} />
            </>
          ) : undefined
        }
      />
      <Known
        kind="visitor"
        of={visitor}
        before={[
          {
            name: 'Account',
            shown:
              accountId === '' ? (
                <span className="quiet">no account</span>
              ) : (
                <Anchor renderRoot={(props) => <Link to="/accounts/$id" params={{ id: accountId }} {...props} />}>
                  {accountId}
                </Anchor>
              ),
          },
        ]}
        after={[{ name: 'Before it was named', shown: formerIds.join(', ') }]}
      />
    </>
  );
}

function ProcessButton({ visitor: { id, doNotProcess } }: { visitor: Visitor }) {
  const [isAsking, setAsking] = useState(false);
  return (
    <>
      <Button variant="default" onClick={() => setAsking(true)}>
        {doNotProcess ? 'Process again' : 'Do not process'}
      </Button>
      <Confirm
        isOpen={isAsking}
        close={() => setAsking(false)}
        title={doNotProcess ? 'Process this visitor again' : 'Do not process this visitor'}
        action={doNotProcess ? `Process ${id} again` : `Do not process ${id}`}
        isHarmless={doNotProcess}
        act={async () => {
          const changed = await ask<Visitor>('PATCH', path('/visitors', id), { body: { doNotProcess: !doNotProcess } });
          queries.setQueryData(['visitor', id], changed);
          notify(
            changed.doNotProcess ? 'Nothing of this visitor is recorded from now on.' : 'Recorded again from now on.',
          );
        }}
      >
        {doNotProcess
          ? 'What the visitor does from now on is recorded and sent again. What they did meanwhile was not kept.'
          : 'Nothing that the visitor does is recorded from now on, and nothing is sent: what is pending is cancelled. What was recorded before stays. To record and only not send it, use Exclude instead.'}
      </Confirm>
    </>
  );
}
