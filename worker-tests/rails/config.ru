# A Rails app as small as one can be that keeps open previews up to date over Action Cable: it uploads what changed, and
# broadcasts what it is answered. Runs under Rails 6.1 and later: `puma config.ru`.
require "json"
require "net/http"
require "active_support/all"
require "action_dispatch"
require "action_cable"

# Where the previews are made, and the token for it. Tokens of previews are signed with the secret that the Worker has, too.
OVERSKILL = URI(ENV.fetch("OVERSKILL_URL"))
OVERSKILL_TOKEN = ENV.fetch("OVERSKILL_TOKEN")
SIGNING_KEY = ENV.fetch("SIGNING_KEY")
PRIVATE_APPS = ENV.fetch("PRIVATE_APPS", "").split(",")

# Who holds one of these may look at a private preview, and listen to it, until it expires.
module PreviewToken
  PURPOSE = "overskill-preview"
  VERIFIER = ActiveSupport::MessageVerifier.new(SIGNING_KEY, digest: "SHA256", serializer: JSON)

  def self.mint(app, expires_in: 3600)
    VERIFIER.generate({ app: app }, expires_in: expires_in, purpose: PURPOSE)
  end

  def self.opens?(token, app)
    payload = VERIFIER.verified(token.to_s, purpose: PURPOSE)
    payload.is_a?(Hash) && payload["app"] == app
  end
end

# What open previews subscribe to.
class AppPreviewChannel < ActionCable::Channel::Base
  def self.stream(app) = "app_preview:#{app}"

  def subscribed
    app = params[:app_id].to_s
    return reject if PRIVATE_APPS.include?(app) && !PreviewToken.opens?(params[:token], app)

    stream_from self.class.stream(app)
  end
end

class Connection < ActionCable::Connection::Base
end

# Uploads files in one batch, and tells open previews what the answer says.
class PublishFiles
  def self.call(app, upsert: {}, delete: [])
    request = Net::HTTP::Patch.new(
      "/v1/apps/#{app}/files",
      "authorization" => "Bearer #{OVERSKILL_TOKEN}", "content-type" => "application/json"
    )
    request.body = JSON.generate(upsert: upsert, delete: delete)
    response = Net::HTTP.start(OVERSKILL.host, OVERSKILL.port, use_ssl: OVERSKILL.scheme == "https") { |http| http.request(request) }
    written = JSON.parse(response.body)
    ActionCable.server.broadcast(AppPreviewChannel.stream(app), written["update"]) if written["update"]
    [response.code.to_i, written]
  end
end

ActionCable.server.config.tap do |config|
  config.cable = { "adapter" => ENV.fetch("CABLE_ADAPTER", "async") }
  config.connection_class = -> { Connection }
  config.logger = ActiveSupport::Logger.new($stderr, level: Logger::WARN)
  # The previews' origins: every app has its own.
  config.allowed_request_origins = [%r{\Ahttps?://([a-z0-9-]+\.)*#{Regexp.escape(ENV.fetch("PREVIEW_DOMAIN", "localhost"))}(:\d+)?\z}]
end

json = ->(status, value) { [status, { "content-type" => "application/json" }, [JSON.generate(value)]] }

map("/cable") { run ActionCable.server }

# `{"app", "upsert", "delete"}`: what an editor's controller would do.
map "/publish" do
  run(lambda do |env|
    asked = JSON.parse(env["rack.input"].read)
    json.call(*PublishFiles.call(asked.fetch("app"), upsert: asked.fetch("upsert", {}), delete: asked.fetch("delete", [])))
  end)
end

# `{"app", "message"}`: any message to those who listen.
map "/broadcast" do
  run(lambda do |env|
    asked = JSON.parse(env["rack.input"].read)
    ActionCable.server.broadcast(AppPreviewChannel.stream(asked.fetch("app")), asked["message"])
    json.call(200, {})
  end)
end

# `?app=&seconds=`: a token for a private preview.
map "/token" do
  run(lambda do |env|
    asked = Rack::Utils.parse_query(env["QUERY_STRING"])
    json.call(200, { token: PreviewToken.mint(asked.fetch("app"), expires_in: asked.fetch("seconds", 3600).to_i) })
  end)
end

run ->(_) { [404, {}, []] }
