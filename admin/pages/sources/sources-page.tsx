/** How something is connected: recipes to copy, each with a light that turns green when the first event arrives. */
import { Accordion, Group, Select, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { App } from '../../api/answers.ts';
import { appsQuery } from '../../api/apps.ts';
import { CodeBlock, KeyText } from '../../parts/copy.tsx';
import { Loading, OutLink, Trouble } from '../../parts/page.tsx';
import { Light } from './light.tsx';
import { recipes } from './recipes.ts';

const route = getRouteApi('/signed-in/settings/integrations/tabs/sources');

export function SourcesPage() {
  const apps = useQuery(appsQuery);
  const { app: wanted } = route.useSearch();
  const navigate = route.useNavigate();
  if (apps.data === undefined) {
    if (apps.error === null) return <Loading />;
    return <Trouble error={apps.error} what="The apps" retry={() => void apps.refetch()} />;
  }
  const app = apps.data.find(({ id }) => String(id) === wanted) ?? apps.data[0];
  if (app === undefined) return null;
  return (
    <>
      <Group mb="lg" align="flex-end" gap="xl">
        {apps.data.length > 1 && (
          <Select
            label="App"
            w={240}
            allowDeselect={false}
            data={apps.data.map(({ id, name }) => ({ value: String(id), label: name }))}
            value={String(app.id)}
            onChange={(value) => void navigate({ search: { app: value ?? undefined } })}
          />
        )}
        <div>
          <Text size="sm" fw={600}>
            API key of {app.name}
          </Text>
          <KeyText text={app.apiKey} name="API key" />
        </div>
      </Group>
      <Recipes app={app} />
      <Text mt="lg" className="quiet">
        To see it at work without a product of your own, click through the <OutLink href="/demo">demo shop</OutLink> (in
        a browser on the machine of the server).
      </Text>
    </>
  );
}

function Recipes({ app: { id, apiKey } }: { app: App }) {
  const { origin } = location;
  return (
    <Accordion variant="separated" defaultValue="snippet">
      {recipes({ origin, apiKey }).map((recipe) => (
        <Accordion.Item key={recipe.id} value={recipe.id}>
          <Accordion.Control>
            <Group justify="space-between" pr="md">
              <Text span fw={600}>
                {recipe.name}
              </Text>
              <Light appId={id} door={recipe.door} />
            </Group>
          </Accordion.Control>
          <Accordion.Panel>
            <Stack gap="sm">
              <Text>{recipe.words}</Text>
              {recipe.steps.map(({ words, code }) => (
                <div key={words}>
                  <Text size="sm" mb={code === undefined ? 0 : 6}>
                    {words}
                  </Text>
                  {code !== undefined && <CodeBlock text={code} name={recipe.name} />}
                </div>
              ))}
            </Stack>
          </Accordion.Panel>
        </Accordion.Item>
      ))}
    </Accordion>
  );
}
