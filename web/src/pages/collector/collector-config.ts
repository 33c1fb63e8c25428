/** What an edge needs to upload to a site; everything else has its default. Strict JSON, as the first collector reads it. */
export function collectorConfig(apiUrl: string, apiKey: string, siteId: string): string {
  const config = {
    api_url: apiUrl,
    api_key: apiKey,
    site_id: siteId,
    collection_interval: 30,
    max_workers: 50,
    miners: [],
    ip_ranges: [],
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
