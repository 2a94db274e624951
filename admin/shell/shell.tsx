/** What is around every page: the way to all others, who is signed in, and whether the server answers. */
import {
  Alert,
  AppShell,
  Burger,
  Group,
  Menu,
  NavLink,
  Text,
  UnstyledButton,
  useMantineColorScheme,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import {
  IconAlertTriangle,
  IconBolt,
  IconBuilding,
  IconChevronDown,
  IconHome,
  IconSend,
  IconSettings,
  IconUsers,
} from '@tabler/icons-react';
import { Link, Outlet, useLocation } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { useConnected } from '../api/connection.ts';
import { signOut, useUser } from '../api/session.tsx';
import { notifyTrouble } from '../parts/notices.tsx';
import { Finder, FinderButton } from './finder.tsx';
import { Mark } from './mark.tsx';
import classes from './shell.module.css';

const places = [
  { to: '/', name: 'Overview', icon: IconHome },
  { to: '/events', name: 'Events', icon: IconBolt },
  { to: '/deliveries', name: 'Deliveries', icon: IconSend },
  { to: '/visitors', name: 'Visitors', icon: IconUsers },
  { to: '/accounts', name: 'Accounts', icon: IconBuilding },
  { to: '/warnings', name: 'Warnings', icon: IconAlertTriangle },
  { to: '/settings', name: 'Settings', icon: IconSettings },
] as const;

export function Shell() {
  const [isOpen, { toggle, close }] = useDisclosure();
  const { pathname } = useLocation();
  const main = useRef<HTMLElement>(null);
  const isFirst = useRef(true);
  // Whoever goes by keyboard or listens begins at the top of the new page, and not where the link was.
  useEffect(() => {
    close();
    if (!isFirst.current) main.current?.focus({ preventScroll: true });
    isFirst.current = false;
  }, [pathname, close]);

  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 212, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding={{ base: 'md', md: 'xl' }}
    >
      <a className={classes['skip']} href="#main">
        To the content
      </a>
      <AppShell.Header className={classes['bar'] ?? ''}>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={isOpen} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Menu" />
            <Link to="/" className={classes['brand'] ?? ''} aria-label="Bellwire, to the overview">
              <Mark />
              <Text fw={650} component="span" visibleFrom="xs">
                Bellwire
              </Text>
            </Link>
          </Group>
          <Group gap="sm" wrap="nowrap">
            <FinderButton />
            <Person />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm" className={classes['bar'] ?? ''} aria-label="Pages">
        {places.map(({ to, name, icon: Icon }) => (
          <NavLink
            key={to}
            renderRoot={(props) => <Link to={to} {...props} />}
            label={name}
            leftSection={<Icon size={18} stroke={1.7} aria-hidden />}
            active={to === '/' ? pathname === '/' : pathname.startsWith(to)}
            className={classes['place'] ?? ''}
          />
        ))}
      </AppShell.Navbar>
      <AppShell.Main id="main" ref={main} tabIndex={-1} className={classes['main'] ?? ''}>
        <Lost />
        <Outlet />
      </AppShell.Main>
      <Finder />
    </AppShell>
  );
}

function Person() {
  const user = useUser();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Menu position="bottom-end" width={230}>
      <Menu.Target>
        <UnstyledButton className={classes['person'] ?? ''} aria-label={`${user.email}, your profile and signing out`}>
          <span className="cut">{user.name === '' ? user.email : user.name}</span>
          <IconChevronDown size={14} aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label className="cut">
          {user.email} · {user.role === 'admin' ? 'Admin' : 'Member'}
        </Menu.Label>
        <Menu.Item renderRoot={(props) => <Link to="/profile" {...props} />}>Your profile</Menu.Item>
        <Menu.Divider />
        <Menu.Label>Look</Menu.Label>
        {(['light', 'dark', 'auto'] as const).map((scheme) => (
          <Menu.Item
            key={scheme}
            role="menuitemradio"
            aria-checked={colorScheme === scheme}
            onClick={() => setColorScheme(scheme)}
          >
            {colorScheme === scheme ? '● ' : '○ '}
            {{ light: 'Light', dark: 'Dark', auto: 'As the system' }[scheme]}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item onClick={() => void signOut().catch(notifyTrouble)}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function Lost() {
  if (useConnected()) return null;
  return (
    <Alert color="red" mb="md" role="alert" title="The server does not answer">
      What you see is what was last known, and what you have typed is still here. It is tried again every two seconds.
    </Alert>
  );
}
