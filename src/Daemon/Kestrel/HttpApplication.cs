using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace GaleraGate.Daemon.Kestrel;

/// <summary>A single delegate answers every request; there is no dependency injection.</summary>
internal sealed class HttpApplication(RequestDelegate answer, Seats seats) : IHttpApplication<HttpContext>
{
    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    public Task ProcessRequestAsync(HttpContext context) => seats.AnswerAsync(context.Features, () => answer(context));

    public void DisposeContext(HttpContext context, Exception? exception)
    {
    }
}
