/** Settings > Integrations: its tabs, and what can be added on each. */
import { Button, Tabs } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { Link, Outlet, useLocation, useNavigate } from '@tanstack/react-router';
import { useIsAdmin } from '../../api/session.tsx';
import { PageHead } from '../../parts/page.tsx';

export function IntegrationsFrame() {
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const isAdmin = useIsAdmin();
  const tab = pathname.endsWith('/sources') ? 'sources' : 'webhooks';
  return (
    <>
      <PageHead
        title="Integrations"
        actions={
          isAdmin && tab === 'webhooks' ? (
            <Button
              leftSection={<IconPlus size={16} aria-hidden />}
              renderRoot={(props) => <Link to="/settings/integrations/webhooks/new" {...props} />}
            >
              Add Webhook
            </Button>
          ) : undefined
        }
      />
      <Tabs
        value={tab}
        onChange={(chosen) =>
          void navigate({
            to: chosen === 'sources' ? '/settings/integrations/sources' : '/settings/integrations/webhooks',
          })
        }
      >
        <Tabs.List mb="lg">
          <Tabs.Tab value="webhooks">Webhooks</Tabs.Tab>
          <Tabs.Tab value="sources">Sources</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value={tab}>
          <Outlet />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}
