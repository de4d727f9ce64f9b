import type { Provider } from "@taskchat/shared-schema/auth-config";

export const PROVIDER_NAMES: Readonly<Record<Provider, string>> = { github: "GitHub", google: "Google" };
