import { getCollection } from "astro:content";

export async function GET() {
  const entries = await getCollection("copy");
  const read = entries.map((entry) => ({ id: entry.id, fields: entry.data.fields, html: entry.rendered?.html }));
  return new Response(JSON.stringify(read));
}
