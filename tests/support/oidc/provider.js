// A real identity provider for tests: node provider.js PORT CLIENT_ID CLIENT_SECRET REDIRECT_URI
import Provider from "oidc-provider";

const [port, id, secret, back] = process.argv.slice(2);
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{ client_id: id, client_secret: secret, redirect_uris: [back], token_endpoint_auth_method: "client_secret_post" }],
  cookies: { keys: ["a key for tests"] },
  conformIdTokenClaims: false,
  features: { devInteractions: { enabled: true } },
  pkce: { required: () => true },
  acrValues: ["mfa"],
  findAccount: (_context, subject) => ({ accountId: subject, claims: () => ({ sub: subject, acr: "mfa" }) }),
  claims: { openid: ["sub"], acr: null, auth_time: null },
});
provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));
