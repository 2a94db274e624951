/** The settings, with a column of their own. On a phone it is a list above the page. */
import { NavLink } from '@mantine/core';
import { Link, Outlet, useLocation } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import classes from './settings-frame.module.css';

const places = [
  { to: '/settings/integrations', name: 'Integrations' },
  { to: '/settings/subscription', name: 'Subscription' },
  { to: '/settings/features', name: 'Tagged features' },
  { to: '/settings/exclude-list', name: 'Exclude list' },
  { to: '/settings/retention', name: 'Retention' },
  { to: '/settings/users', name: 'Users' },
  { to: '/settings/integration-keys', name: 'Integration keys' },
  { to: '/settings/audit-log', name: 'Audit log' },
  { to: '/settings/system', name: 'System' },
];

export function SettingsFrame() {
  const { pathname } = useLocation();
  const column = useRef<HTMLElement>(null);
  // On a phone the list is wider than the screen.
  useEffect(() => {
    column.current?.querySelector('[data-active]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [pathname]);
  return (
    <div className={classes['frame']}>
      <nav aria-label="Settings" className={classes['places']} ref={column}>
        {places.map(({ to, name }) => (
          <NavLink
            key={to}
            renderRoot={(props) => <Link to={to} {...props} />}
            label={name}
            active={pathname.startsWith(to)}
            className={classes['place'] ?? ''}
          />
        ))}
      </nav>
      <div className={classes['page']}>
        <Outlet />
      </div>
    </div>
  );
}
