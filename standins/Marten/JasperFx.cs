using System.Diagnostics.CodeAnalysis;

namespace JasperFx
{
    /// <summary>What a store may make of its schema by itself.</summary>
    public enum AutoCreate
    {
        All,
        CreateOrUpdate,
        CreateOnly,
        None,
    }
}

namespace JasperFx.Events
{
    public enum StreamIdentity
    {
        AsGuid,
        AsString,
    }

    /// <summary>The stream is not at the version that an append expected.</summary>
    public sealed class EventStreamUnexpectedMaxEventIdException : Exception
    {
        public EventStreamUnexpectedMaxEventIdException()
        {
        }

        public EventStreamUnexpectedMaxEventIdException(string message)
            : base(message)
        {
        }

        public EventStreamUnexpectedMaxEventIdException(string message, Exception innerException)
            : base(message, innerException)
        {
        }
    }

    /// <summary>An event with what is told about it beside its data.</summary>
    public interface IEvent
    {
        Guid Id { get; set; }

        object Data { get; }

        DateTimeOffset Timestamp { get; set; }

        [SuppressMessage("Usage", "CA2227", Justification = "as Marten has it")]
        Dictionary<string, object>? Headers { get; set; }

        void SetHeader(string key, object value);
    }

    internal sealed class Event(object data) : IEvent
    {
        public Guid Id { get; set; } = Guid.CreateVersion7();

        public object Data => data;

        public DateTimeOffset Timestamp { get; set; }

        public Dictionary<string, object>? Headers { get; set; }

        public void SetHeader(string key, object value) => (Headers ??= [])[key] = value;
    }
}

namespace Marten.Exceptions
{
    /// <summary>A stream that was to be started is there already.</summary>
    public sealed class ExistingStreamIdCollisionException : Exception
    {
        public ExistingStreamIdCollisionException()
        {
        }

        public ExistingStreamIdCollisionException(string message)
            : base(message)
        {
        }

        public ExistingStreamIdCollisionException(string message, Exception innerException)
            : base(message, innerException)
        {
        }
    }
}
