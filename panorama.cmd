@echo off
rem Builds Panorama in Release when its sources changed, then runs the program.
setlocal
set "root=%~dp0"
set "program=%root%artifacts\bin\Panorama.Cli\release\panorama.dll"
set "stamp=%root%artifacts\panorama.stamp"
set "log=%root%artifacts\panorama-build.log"

where dotnet >nul 2>nul
if errorlevel 1 (
  echo panorama: the .NET 10 SDK is not installed: there is no dotnet on the path 1>&2
  echo panorama: get it at https://dotnet.microsoft.com/download/dotnet/10.0 1>&2
  exit /b 1
)

rem A folder's time moves when a file in it is added, renamed or deleted, so one comparison sees every change.
if exist "%program%" if exist "%stamp%" (
  powershell -NoProfile -ExecutionPolicy Bypass -Command "$stamp = (Get-Item '%stamp%').LastWriteTimeUtc; if (Get-ChildItem '%root%src', '%root%apps' -Recurse | Where-Object LastWriteTimeUtc -gt $stamp | Select-Object -First 1) { exit 1 }; if (Get-Item '%root%Directory.*.props', '%root%global.json' | Where-Object LastWriteTimeUtc -gt $stamp) { exit 1 }"
  if not errorlevel 1 goto run
)

echo panorama: building (about a minute the first time) ... 1>&2
if not exist "%root%artifacts" mkdir "%root%artifacts"
type nul > "%stamp%.new"
pushd "%root%"
set DOTNET_NOLOGO=1
set DOTNET_CLI_TELEMETRY_OPTOUT=1
set MSBUILDDISABLENODEREUSE=1
dotnet build apps\Panorama.Cli -c Release -v minimal > "%log%" 2>&1
if errorlevel 1 (
  popd
  type "%log%" 1>&2
  del "%stamp%.new"
  echo panorama: the build failed; the messages above are in %log% 1>&2
  exit /b 1
)
popd
move /y "%stamp%.new" "%stamp%" >nul

:run
dotnet "%program%" %*
exit /b %errorlevel%
