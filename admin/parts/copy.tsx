/** Text to take away: a key, an id, a command. */
import { ActionIcon, Button, CopyButton, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import classes from './copy.module.css';

/** `name` says what is copied: "Copy API key". */
function Copy({ text, name }: { text: string; name: string }) {
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? 'Copied' : `Copy ${name}`}>
          <ActionIcon variant="subtle" color="gray" aria-label={`Copy ${name}`} onClick={copy}>
            {copied ? <IconCheck size={16} color="var(--good)" /> : <IconCopy size={16} />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  );
}

export function CopyWords({ text, children }: { text: string; children: string }) {
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <Button
          variant="default"
          size="xs"
          onClick={copy}
          leftSection={copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
        >
          {copied ? 'Copied' : children}
        </Button>
      )}
    </CopyButton>
  );
}

/** One line of bytes, such as a key, with its button. */
export function KeyText({ text, name }: { text: string; name: string }) {
  return (
    <span className={classes['key']}>
      <span className="mono cut" title={text}>
        {text}
      </span>
      <Copy text={text} name={name} />
    </span>
  );
}

/** Several lines, such as a snippet. Also reached by keyboard, so that what is too wide can be scrolled. */
export function CodeBlock({ text, name }: { text: string; name: string }) {
  return (
    <div className={classes['block']}>
      <pre className="mono" tabIndex={0} role="region" aria-label={name}>
        {text}
      </pre>
      <div className={classes['corner']}>
        <Copy text={text} name={name} />
      </div>
    </div>
  );
}
