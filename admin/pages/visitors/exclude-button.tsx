/** Puts a visitor or an account on the exclude list. */
import { Button } from '@mantine/core';
import { useState } from 'react';
import type { Exclusion } from '../../api/answers.ts';
import { ask } from '../../api/request.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { notify } from '../../parts/notices.tsx';

export function ExcludeButton({ kind, id }: { kind: 'visitor' | 'account'; id: string }) {
  const [isAsking, setAsking] = useState(false);
  return (
    <>
      <Button variant="default" onClick={() => setAsking(true)}>
        Exclude
      </Button>
      <Confirm
        isOpen={isAsking}
        close={() => setAsking(false)}
        title={`Exclude this ${kind}`}
        action={`Exclude ${kind} ${id}`}
        isHarmless
        act={async () => {
          await ask<Exclusion>('POST', '/exclusions', { body: { kind, pattern: id } });
          notify('On the exclude list from now on. Settings > Exclude list takes it back.');
        }}
      >
        Events are recorded as before and marked excluded, but go to no webhook. Settings &gt; Exclude list takes it
        back.
      </Confirm>
    </>
  );
}
