import { defineCollection, z } from "astro:content";
import { glob } from "astro/loaders";

const copy = defineCollection({
  loader: glob({ pattern: "**/*.md", base: "./src/content/copy" }),
  schema: z.object({
    title: z.string(),
    copydesk: z.object({ page: z.string(), section: z.string(), hash: z.string() }),
    fields: z.record(z.unknown()),
  }),
});

export const collections = { copy };
